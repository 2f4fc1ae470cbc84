"""What a spec says of its candidates, held against what families and encoders there are, before anything is learned."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ratchet.errors import Problem, SpecError
from ratchet.features import catalogue as encoders
from ratchet.models import catalogue as families
from ratchet.models.augment import PARAM, WAYS
from ratchet.models.family import Composite, Shape
from ratchet.spec import CandidateSpec
from ratchet.words import count_of, nearest


def fixed_params(candidates: Sequence[CandidateSpec], shape: Shape) -> list[dict[str, Any]]:
    """The fixed parameters of each candidate, as its family gets them.

    The encoded widths of the ``shape`` may be left out: what is accepted does not depend on them.  Raises `SpecError`
    that lists every family and encoder that there is not, every name that no parameter of the family has, and every
    value that it does not take.
    """
    problems = list[Problem]()
    found = list[dict[str, Any]]()
    for number, each in enumerate(candidates):
        problems += _unknown(number, each)
        found.append({} if families.unknown(each.family) else dict(_taken(number, each, shape, problems)))
    if problems:
        raise SpecError(
            f"{count_of(len(problems), 'key')} under [[candidates]] cannot be used",
            problems=tuple(problems),
            todo="correct each key named above, or leave it out: what is not fixed is searched; nothing was trained",
        )
    return found


def _unknown(number: int, candidate: CandidateSpec) -> Iterator[Problem]:
    """The names of a family and of encoders that there are not."""
    if hint := families.unknown(candidate.family):
        yield Problem(where=f"candidates.{number}.family", found=repr(candidate.family), expected=f"a family: {hint}")
    for key, name in candidate.encoders.items():
        if hint := encoders.unknown(name):
            where = f"candidates.{number}.encoders.{key}"
            yield Problem(where=where, found=repr(name)[:120], expected=f"an encoder: {hint}")


def _taken(number: int, candidate: CandidateSpec, shape: Shape, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """The good ones; what is wrong with the others is added to ``problems``.

    A parameter that has a default but no part in the space takes what the family makes of it.
    """
    way = families.family(candidate.family)
    space, defaults = way.space(shape), way.defaults(shape)
    for name, value in candidate.params.items():
        where = f"candidates.{number}.params.{name}"
        if name == PARAM and not isinstance(way, Composite):
            if isinstance(value, list | tuple) and value and all(each in WAYS for each in value):
                yield name, list(value)
            else:
                problems.append(Problem(where=where, found=repr(value)[:120], expected=f"a list of {', '.join(WAYS)}"))
            continue
        if name not in defaults:
            problems.append(_stranger(where, name, candidate.family, defaults))
            continue
        try:
            yield name, space[name].taken(value) if name in space else value
        except ValueError as error:
            problems.append(Problem(where=where, found=repr(value)[:120], expected=f"{error}, for {candidate.family}"))


def _stranger(where: str, name: str, family: str, known: Collection[str]) -> Problem:
    """A name that no parameter of the family has."""
    near = nearest(name, known)
    hint = f" (did you mean '{near}'?)" if near else ""
    expected = f"one of {', '.join(known)}{hint}" if known else "none: it has no parameters"
    return Problem(where=where, found=f"no such parameter of {family}", expected=expected)
