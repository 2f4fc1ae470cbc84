"""Areas under a curve of ranked rows: one class against the rest, on average over the classes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.metrics.metric import Metric


class OneVsRestMetric(Metric):
    """The unweighted mean, over the classes that have rows, of an area that ranks a class's rows before the others."""

    @abstractmethod
    def area(self, positives: Floats64, negatives: Floats64) -> float:
        """The area for one class, from the scores of its rows and those of the others."""

    @abstractmethod
    def area_influence(self, inside: Bools, scores: Floats64) -> Floats64:
        """(rows,) the influences on the area for one class; ``inside`` (rows,) are its rows."""

    def unseen(
        self, difference: float, labels: Labels, ours: Probabilities, theirs: Probabilities
    ) -> tuple[Floats64, Floats64]:
        """For each class that occurs, a row of it that one side ranks above half of the others more than the other."""
        present, support = np.unique(labels, return_counts=True)
        half = len(labels) / (2 * support * len(present))
        return -half, half

    def one_by_one(self, labels: Labels, probabilities: Probabilities) -> Iterator[tuple[Bools, Floats64]]:
        """The rows of each class in turn (rows,), with the scores that should rank them first."""
        for each in self._classes(labels, probabilities):
            yield labels == each, np.ascontiguousarray(probabilities[:, each])

    def _classes(self, labels: Labels, probabilities: Probabilities) -> list[int]:
        return [int(each) for each in np.unique(labels)]

    def _value(self, labels: Labels, probabilities: Probabilities) -> float:
        areas = [
            self.area(scores[inside], scores[~inside]) for inside, scores in self.one_by_one(labels, probabilities)
        ]
        return float(np.mean(areas))

    def _influence(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        total, classes = np.zeros(len(labels)), 0
        for inside, scores in self.one_by_one(labels, probabilities):
            total += self.area_influence(inside, scores)
            classes += 1
        return total / classes
