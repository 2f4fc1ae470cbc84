"""A decision list made shorter and more accurate, of the same questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ratchet.arrays import Bools, Ints
from ratchet.data.checks.decision_list.predicates import Predicate

Step = tuple[Predicate, int]
"""A question, and the class of the rows that say yes."""


def pruned(steps: Sequence[Step], truths: Mapping[Predicate, Bools], labels: Ints, last: int) -> list[Step]:
    """The steps in the order with the fewest errors, without those that mend none, those of a class side by side.

    ``truths`` says for each question which rows (rows,) say yes; rows that none settles have the class ``last``.
    """

    def errors(order: Sequence[Step]) -> int:
        answer = np.full(len(labels), last)
        for predicate, label in reversed(order):
            answer[truths[predicate]] = label
        return int((answer != labels).sum())

    now, fewest = list(steps), errors(steps)
    for _ in range(len(now) if fewest else 0):
        best = min(_moves(now), key=errors)
        if errors(best) >= fewest:
            break
        now, fewest = best, errors(best)
    for step in list(reversed(now)):
        rest = [each for each in now if each is not step]
        if errors(rest) <= fewest:
            now, fewest = rest, errors(rest)
    for step in list(now):
        gathered = _beside_its_class(now, step)
        if errors(gathered) <= fewest:
            now = gathered
    return now


def _moves(steps: Sequence[Step]) -> list[list[Step]]:
    """Every order that differs by one step having moved."""
    return [
        [*rest[:to], steps[at], *rest[to:]]
        for at in range(len(steps))
        for rest in [[*steps[:at], *steps[at + 1 :]]]
        for to in range(len(steps))
    ]


def _beside_its_class(steps: Sequence[Step], step: Step) -> list[Step]:
    """The steps with one moved up behind the first of its class."""
    rest = [each for each in steps if each is not step]
    first = next((place for place, each in enumerate(rest) if each[1] == step[1]), None)
    if first is None or steps.index(step) <= first:
        return list(steps)
    return [*rest[: first + 1], step, *rest[first + 1 :]]
