"""What a spec fixes about its candidates, held against what their families accept, before anything is learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ratchet.errors import Problem, SpecError
from ratchet.models.augment import PARAM, WAYS
from ratchet.models.catalogue import family
from ratchet.models.family import Composite, Shape
from ratchet.spec import CandidateSpec


def fixed_params(candidates: Sequence[CandidateSpec], shape: Shape) -> list[dict[str, Any]]:
    """The fixed parameters of each candidate, as its family gets them.

    The encoded widths of the ``shape`` may be left out: what is accepted does not depend on them.  Raises `SpecError`
    that lists every name that no parameter of the family has, and every value that it does not take.
    """
    problems = list[Problem]()
    found = [dict(_taken(number, each, shape, problems)) for number, each in enumerate(candidates)]
    if problems:
        mistakes = "1 parameter" if len(problems) == 1 else f"{len(problems)} parameters"
        raise SpecError(
            f"{mistakes} under [[candidates]] cannot be used",
            problems=tuple(problems),
            todo="correct each key named above, or leave it out: what is not fixed is searched; nothing was trained",
        )
    return found


def _taken(number: int, candidate: CandidateSpec, shape: Shape, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """The good ones; what is wrong with the others is added to ``problems``.

    A parameter that has a default but no part in the space takes what the family makes of it.
    """
    way = family(candidate.family)
    space, defaults = way.space(shape), way.defaults(shape)
    for name, value in candidate.params.items():
        where = f"candidates.{number}.params.{name}"
        if name == PARAM and not isinstance(way, Composite):
            if isinstance(value, list | tuple) and value and set(value) <= set(WAYS):
                yield name, list(value)
            else:
                problems.append(Problem(where=where, found=repr(value)[:120], expected=f"a list of {', '.join(WAYS)}"))
            continue
        if name not in defaults:
            known = f"one of {', '.join(defaults)}" if defaults else "none: it has no parameters"
            problems.append(Problem(where=where, found=f"no such parameter of {candidate.family}", expected=known))
            continue
        try:
            yield name, space[name].taken(value) if name in space else value
        except ValueError as error:
            problems.append(Problem(where=where, found=repr(value)[:120], expected=f"{error}, for {candidate.family}"))
