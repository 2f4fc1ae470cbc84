"""What was answered, counted for whoever watches: one addition an answer, told apart when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ratchet.serving.prediction import Prediction

STEPS = 20
"""Confidences are counted by steps of a twentieth."""
MOST_VERSIONS = 4
"""Versions that are told of; who began to answer before the last ones is let go."""

Key = tuple[str, int, int, bool]
"""A class, the step of the confidence, how many classes the set has, whether the answer abstained."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionCounts:
    """What one version has answered in this process."""

    answers: Counter[str] = field(default_factory=Counter)
    """class -> answers."""
    confidence: Counter[int] = field(default_factory=Counter)
    """Step (from 0, each `1 / STEPS` wide) -> answers."""
    sets: Counter[int] = field(default_factory=Counter)
    """Classes in the set -> answers; of those that carry one."""
    abstained: int = 0


class Tally:
    """Counts answers by version; the caller's lock keeps it."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Key]] = {}

    def add(self, answers: Iterable[Prediction]) -> None:
        """Count answers."""
        for each in answers:
            counts = self._counts.get(each.version)
            if counts is None:
                counts = self._begin(each.version)
            counts[each.label, int(each.confidence * STEPS), len(each.set), each.abstained] += 1

    def read(self) -> dict[str, VersionCounts]:
        """Version -> what it has answered."""
        return {version: _told(counts) for version, counts in self._counts.items()}

    def _begin(self, version: str) -> Counter[Key]:
        if len(self._counts) == MOST_VERSIONS:
            del self._counts[next(iter(self._counts))]
        return self._counts.setdefault(version, Counter())


def _told(counts: Counter[Key]) -> VersionCounts:
    told, abstained = VersionCounts(), 0
    for (label, step, size, unsure), count in counts.items():
        told.answers[label] += count
        told.confidence[min(step, STEPS - 1)] += count
        if size or unsure:
            told.sets[size] += count
        abstained += count * unsure
    return VersionCounts(answers=told.answers, confidence=told.confidence, sets=told.sets, abstained=abstained)
