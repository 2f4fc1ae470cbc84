"""Which columns the candidates read: what no candidate reads is said, never dropped in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ratchet.data.findings import Finding
from ratchet.errors import SpecError
from ratchet.kinds.kind import FEATURES, Kind
from ratchet.models.catalogue import BASELINES, FAMILIES, family
from ratchet.models.family import Composite, reads
from ratchet.spec import CandidateSpec


def unread_columns(columns: Mapping[str, Kind], candidates: Sequence[CandidateSpec]) -> tuple[Finding, ...]:
    """A finding for each kind of features that none of the candidates reads; an error where they read no column at all.

    A family that is not to be had is taken to read every kind: training says what is wrong with it.
    """
    features = {name: kind for name, kind in columns.items() if kind.is_feature}
    read = {name for candidate in candidates for name in _read(candidate, features)}
    unread = {name: kind for name, kind in features.items() if name not in read}
    return tuple(_findings(unread, len(features), candidates))


def check_read(columns: Mapping[str, Kind], candidates: Sequence[CandidateSpec]) -> None:
    """Raises `SpecError` with the way out where the candidates read no column at all."""
    for finding in unread_columns(columns, candidates):
        if finding.severity == "error":
            raise SpecError(finding.sentence, todo=finding.todo)


def blind_baselines(columns: Mapping[str, Kind]) -> dict[str, str]:
    """The baselines that can read none of the columns, each with a sentence that says so: models go without them."""
    blind = [name for name in BASELINES if reads(family(name)).isdisjoint(columns.values())]
    return {
        name: f"There is no baseline {name} here: it reads {_words(_kinds(name))}, and no column is of such a kind."
        for name in blind
    }


def _read(candidate: CandidateSpec, features: Mapping[str, Kind]) -> Iterator[str]:
    kinds, named = _kinds(candidate.family), candidate.encoders_of(features)
    yield from (name for name, kind in features.items() if kind in kinds or name in named)


def _kinds(name: str) -> frozenset[Kind]:
    """The kinds that a family reads; one that is made of other candidates reads none by itself."""
    try:
        way = family(name)
        return frozenset() if isinstance(way, Composite) else reads(way)
    except SpecError:
        return frozenset(FEATURES)


def _findings(unread: Mapping[str, Kind], count: int, candidates: Sequence[CandidateSpec]) -> Iterator[Finding]:
    families = [each for each in dict.fromkeys(candidate.family for candidate in candidates) if _kinds(each)]
    known = "; ".join(f"{name} reads {_words(_kinds(name))}" for name in families)
    for kind in dict.fromkeys(unread.values()):
        names = [name for name, each in unread.items() if each is kind]
        what = f"The column '{names[0]}'" if len(names) == 1 else f"The columns {', '.join(map(repr, names))}"
        yield Finding(
            check="unread_columns",
            severity="error" if len(unread) == count else "warning",
            sentence=f"{what} of kind {kind} {'is' if len(names) == 1 else 'are'} read by no candidate: {known}",
            count=len(names),
            share=len(names) / count,
            examples=(),
            todo=_way_out(kind, names[0]),
            column=names[0] if len(names) == 1 else None,
        )


def _way_out(kind: Kind, name: str) -> str:
    readers = [each for each in FAMILIES if each not in BASELINES and kind in _kinds(each)]
    leave = f'columns.{name} = "ignore" leaves it out'
    if readers:
        return f"name {' or '.join(readers)} under [[candidates]], or {leave}"
    return (
        f"no family that comes with Ratchet reads {kind} yet: name one of a plug-in under [[candidates]], or put what "
        f"it shows into columns of words or numbers; {leave}"
    )


def _words(kinds: Iterable[Kind]) -> str:
    return ", ".join(kind for kind in FEATURES if kind in set(kinds))
