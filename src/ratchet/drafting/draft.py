"""A first spec for a table: what each column seems to hold, written down with the reasons (``ratchet init``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ratchet.data.checks.serial import seriality
from ratchet.data.conform import check_present
from ratchet.data.ingest.learnable import check_learnable, tiny_classes
from ratchet.data.names import check_names
from ratchet.data.readers.read import origin_of
from ratchet.data.readers.source import Source, readable
from ratchet.drafting.candidates import candidates, is_large, search
from ratchet.drafting.guess import Guess, guessed
from ratchet.drafting.sample import Sample, sampled
from ratchet.drafting.toml import written
from ratchet.errors import DataError
from ratchet.kinds.date import dates_of
from ratchet.kinds.kind import Kind
from ratchet.kinds.text import names_of
from ratchet.spec import Gate, Ingest, Spec, Split, parse

_RARE = 0.2
_FEW, _HOLDOUT_OF_FEW = 1_000, 0.4
"""Of a table with fewer rows more are held out: a fifth of them would show little, and the gate let nothing through."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A spec to start from, the file that says it with every line explained, and sentences to read first."""

    spec: Spec
    toml: str
    notes: tuple[str, ...]


def draft(source: Source, label: str, name: str | None = None, *, chosen: Mapping[str, Any] | None = None) -> Draft:
    """A spec for the table ``source`` whose column ``label`` is to be told from the others.

    Looks at up to 200,000 rows.  Where no name is given, it is that of the file or of the database's table.  ``chosen``
    are keys of sections that are not to be guessed (``{"search": {"trials": 5}}``).  Raises `DataError` where the label
    is no column, its values allow no classifier, or nothing is left to learn from, `SpecError` for a key that will not
    do.
    """
    _check_label(label)
    table = readable(source)
    sample, origin = sampled(table), origin_of(table)
    if not sample.frame.height:
        raise DataError(f"{origin} has no rows that can be read", todo=_first_bad(sample))
    check_present([label], sample.frame.columns, origin, todo="name one of its columns as the label")
    check_names(sample.frame.columns, origin)
    frame, labels, notes = _labelled(sample, label)
    counts = dict(sorted(labels.value_counts().iter_rows()))
    check_learnable(counts, label=label, max_classes=Ingest().max_classes)
    guesses = {column: guessed(frame.get_column(column), labels) for column in frame.columns if column != label}
    guesses = _with_time(guesses, frame, labels)
    guesses, note = _with_a_feature(guesses, origin)
    metric, why = _metric(counts)
    compete, rows = candidates(guesses, frame, sample.step), frame.height * sample.step
    spec = Spec(
        name=name or (slug(table) if isinstance(table, str) else "table"),
        label=label,
        columns={column: guess.kind for column, guess in guesses.items()},
        candidates=compete,
        search=search(compete, rows),
        gate=Gate(metric=metric),
        split=Split(holdout=_HOLDOUT_OF_FEW) if len(labels) < _FEW else Split(),
    )
    spec = _with(spec, chosen or {})
    notes += [each for each in (note, tiny_classes(counts)) if each]
    if spec.split.holdout > Split().holdout:
        notes.append(
            f"{spec.split.holdout:.0%} of the {len(labels):,} rows are held out (split.holdout): of so few, a smaller "
            "share would show little"
        )
    if is_large(rows):
        notes.append("the table is large: each way of learning has its default settings; more search.trials search on")
    notes += [f"'{column}' is left out. It holds {guess.why}" for column, guess in guesses.items() if guess.unread]
    ignored = [column for column, guess in guesses.items() if guess.kind is Kind.IGNORE and not guess.unread]
    if ignored:
        notes.append(f"ignored: {', '.join(ignored)} (each with its reason in the file)")
    reasons = {column: guess.why for column, guess in guesses.items()}
    toml = written(spec, reasons=reasons, metric_reason=why, counts=counts, source=origin)
    return Draft(spec=spec, toml=toml, notes=tuple(notes))


def _with(spec: Spec, chosen: Mapping[str, Any]) -> Spec:
    """The spec with some keys as they were chosen; raises `SpecError` that names those that will not do."""
    body = spec.model_dump(mode="json")
    for section, keys in chosen.items():
        body[section] = {**body[section], **keys} if isinstance(keys, Mapping) else keys
    return parse(body, where="what was chosen")


def slug(source: str) -> str:
    """A legal name for the classifier of a source.

    >>> slug("/data/My Reviews (2024).csv.gz"), slug("sqlite:///a.db?table=orders"), slug("2024.csv")
    ('my-reviews-2024', 'orders', 'table-2024')
    """
    table = re.search(r"[?&]table=([^&]+)", source)
    stem = table[1] if table else Path(source.split("?")[0].rstrip("/")).name.split(".")[0]
    name = re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-_")
    return (name if name[:1].isalpha() else f"table-{name}".rstrip("-"))[:63].rstrip("-")


def _check_label(label: object) -> None:
    if not isinstance(label, str):
        raise DataError(
            f"the label is named by a text, not by {label!r}",
            todo=f'give the name of its column, such as "{label if isinstance(label, int) else "label"}"',
        )


def _labelled(sample: Sample, label: str) -> tuple[pl.DataFrame, pl.Series, list[str]]:
    labels = names_of(sample.frame.get_column(label)).str.strip_chars().replace("", None)
    notes: list[str] = []
    if sample.bad:
        notes.append(f"{sample.bad:,} rows cannot be read; the first: {sample.first_bad}")
    if labels.null_count():
        notes.append(f"{labels.null_count():,} of {len(labels):,} rows looked at have no label: they are set aside")
    if sample.step > 1 or not sample.whole:
        some = "" if sample.whole else f" of the first {sample.rows:,}"
        notes.append(f"kinds were told from {len(labels):,} rows{some}, evenly taken")
    return sample.frame.filter(labels.is_not_null()), labels.drop_nulls(), notes


def _with_time(guesses: Mapping[str, Guess], frame: pl.DataFrame, labels: pl.Series) -> dict[str, Guess]:
    """The date in whose order labels are most serial is the time of a row, unless the table has its own split."""
    codes = labels.rank("dense").cast(pl.Int64).to_numpy() - 1
    dates = [column for column, guess in guesses.items() if guess.kind is Kind.DATE]
    found = {column: seriality(codes, dates_of(frame.get_column(column))) for column in dates}
    column = max(found, key=lambda each: found[each], default="")
    others = any(guess.kind.is_feature and not guess.idle for each, guess in guesses.items() if each != column)
    own = any(guess.kind is Kind.SPLIT for guess in guesses.values())
    if not column or not found[column] or own or not others:
        return dict(guesses)
    why = (
        "labels stay as they are for a while: a random split would have the neighbours of the rows held out in training"
    )
    return {**guesses, column: Guess(kind=Kind.TIME, why=why)}


def _with_a_feature(guesses: Mapping[str, Guess], origin: str) -> tuple[dict[str, Guess], str | None]:
    """At least one feature: where all were ignored, those that could serve are taken after all, and it is said."""
    if any(guess.kind.is_feature and not guess.idle for guess in guesses.values()):
        return dict(guesses), None
    taken = {
        column: Guess(kind=guess.usable, why=f"the only kind of column there is, yet {guess.why}")
        for column, guess in guesses.items()
        if guess.usable is not None
    }
    if not taken:
        unread = any(guess.unread for guess in guesses.values())
        reasons = "; ".join(f"{column}: {guess.why}" for column, guess in guesses.items())
        raise DataError(
            f"{origin} has no column to learn from ({reasons or 'there is only the label'})",
            todo="add a column of texts, numbers, categories or dates"
            + (", such as what the files show or say, in words or numbers" if unread else ""),
        )
    note = f"nothing was left to learn from, so {', '.join(taken)} is used; look at its reason in the file"
    return {**guesses, **taken}, note


def _metric(counts: Mapping[str, int]) -> tuple[str, str]:
    share = min(counts.values()) / sum(counts.values())
    if len(counts) == 2 and share < _RARE:
        return "roc_auc", f"two classes, the smaller {share:.0%} of the rows: how well they are ranked is what counts"
    return "macro_f1", "every class counts the same, however rare"


def _first_bad(sample: Sample) -> str:
    return f"the first that was set aside: {sample.first_bad}" if sample.first_bad else "give a table with rows"
