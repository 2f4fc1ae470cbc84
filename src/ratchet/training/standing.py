"""How trials stand: their scores on the folds that all of them have, and which are to be compared at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ratchet.arrays import Ints, Labels, Probabilities
from ratchet.metrics.catalogue import METRICS
from ratchet.metrics.metric import Metric
from ratchet.training.choose import standard_error
from ratchet.training.folds import Plan
from ratchet.training.rungs import Rungs, Unit, fold_of

Answers = Mapping[Unit, Probabilities]
"""What a trial answered, (scored rows, classes) probabilities for each unit it was tried on."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Scores answers.  Nothing here depends on when they came."""

    metric: Metric
    labels: Labels
    plan: Plan
    _merits: dict[tuple[int, ...], tuple[float, tuple[Probabilities, ...]]] = field(default_factory=dict)
    """Merits by the answers they are of, which are kept, so that no others get their ids: they are asked for again and
    again.
    """

    def score(self, answers: Answers, units: Collection[Unit]) -> float:
        """The metric of the answers to all rows of a repeat's units together, averaged over repeats; may be NaN."""
        repeats = sorted({unit.repeat for unit in units})
        return float(np.mean([self._value(self.metric, answers, _of(units, repeat)) for repeat in repeats]))

    def merit(self, answers: Answers, units: Collection[Unit]) -> float:
        """The score so that higher is better; of rows on which the metric cannot be measured, as where a class is
        missing, the log-loss decides.
        """
        own = tuple(answers[unit] for unit in units)
        key = tuple(map(id, own))
        if key not in self._merits:
            self._merits[key] = self._merit(answers, units), own
        return self._merits[key][0]

    def spread(self, answers: Answers) -> float:
        """The standard deviation of the metric from unit to unit, those left out on which it cannot be measured."""
        values = [self._value(self.metric, answers, [unit]) for unit in answers if not unit.sample]
        measured = [value for value in values if np.isfinite(value)]
        return float(np.std(measured)) if measured else 0.0

    def pooled(self, answers: Answers, units: Collection[Unit]) -> tuple[Ints, Probabilities]:
        """The rows of the first repeat of some units, in order, and what was answered for each."""
        first = _of(units, min(unit.repeat for unit in units))
        rows = np.concatenate([fold_of(self.plan, unit).score for unit in first])
        order = np.argsort(rows)
        return rows[order], np.concatenate([answers[unit] for unit in first])[order]

    def error(self, one: Answers, other: Answers, units: Collection[Unit]) -> float:
        """The standard error of the difference of two trials' scores on the same units; 0 where it has none."""
        (rows, mine), (_, theirs) = self.pooled(one, units), self.pooled(other, units)
        found = standard_error(self.metric.name, self.labels[rows], mine, theirs)
        return found if np.isfinite(found) else 0.0

    def _merit(self, answers: Answers, units: Collection[Unit]) -> float:
        score = self.score(answers, units)
        if np.isfinite(score):
            return score if self.metric.higher_is_better else -score
        return -self._value(METRICS["log_loss"], answers, _of(units, min(unit.repeat for unit in units)))

    def _value(self, metric: Metric, answers: Answers, units: Sequence[Unit]) -> float:
        rows, probabilities = self.pooled(answers, units)
        return metric.value(self.labels[rows], probabilities)


def common(trials: Iterable[Answers]) -> tuple[Unit, ...]:
    """The units that all trials have, whole ones where there are such."""
    each = list(trials)
    shared = [unit for unit in (each[0] if each else ()) if all(unit in answers for answers in each)]
    return tuple(unit for unit in shared if not unit.sample) or tuple(shared)


def ranked(judge: Judge, trials: Mapping[int, Answers]) -> list[int]:
    """The numbers of the trials, best first, on the units that all have; of equals the one proposed first."""
    units = common(trials.values())
    if not units:
        return sorted(trials)
    merits = {number: judge.merit(answers, units) for number, answers in trials.items()}
    return sorted(trials, key=lambda number: (-merits[number], number))


def came_to(ladder: Rungs, answers: Answers) -> int:
    """The highest rung whose units are all answered; -1 where there is none."""
    return max((at for at, units in enumerate(ladder) if all(unit in answers for unit in units)), default=-1)


def contenders(
    ladder: Rungs, trials: Mapping[int, Answers], of: Mapping[int, int], dropped: Collection[int]
) -> tuple[int, ...]:
    """The trials among which one is chosen: those that came furthest, and of each candidate (``of``) that the end of
    the time kept from coming as far its furthest.

    ``dropped`` are the trials that were given up because they did worse; they are no contenders.
    """
    reached = {number: came_to(ladder, answers) for number, answers in trials.items() if number not in dropped}
    reached = {number: rung for number, rung in reached.items() if trials[number]}
    top = max(reached.values(), default=-1)
    chosen = {number for number, rung in reached.items() if rung == top}
    for candidate in {of[number] for number in reached} - {of[number] for number in chosen}:
        own = {number: (reached[number], len(trials[number])) for number in reached if of[number] == candidate}
        chosen |= {number for number, came in own.items() if came == max(own.values())}
    return tuple(sorted(chosen))


def _of(units: Collection[Unit], repeat: int) -> list[Unit]:
    return [unit for unit in units if unit.repeat == repeat]
