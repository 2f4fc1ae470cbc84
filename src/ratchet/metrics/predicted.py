"""Metrics that see only which class was predicted: functions of the confusion matrix."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ratchet.arrays import Bools, Floats64, Ints, Labels, Probabilities
from ratchet.metrics.metric import Metric

RowInfluence = Callable[[Labels, Labels], Floats64]
"""Influences (rows,) on a metric, of any rows, from their true and their predicted classes."""


def most_probable(probabilities: Probabilities) -> Labels:
    """(rows,) the most probable class of each row, the first of equals."""
    return np.asarray(np.argmax(probabilities, axis=1), dtype=np.int32)


def confusion(labels: Labels, predicted: Labels, classes: int) -> Ints:
    """(classes, classes) rows by [true class][predicted class]."""
    # The matrix is counted as one row of cells: with 3 classes, class 1 taken for class 2 is cell 1 * 3 + 2 = 5.
    cells = labels.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClassCounts:
    """Rows by class, each (..., classes): one confusion matrix's margins and diagonal, or those of many at once."""

    hits: Floats64
    """Rows of the class that were predicted right."""
    support: Floats64
    """Rows of the class."""
    predicted: Floats64
    """Rows predicted as the class."""
    present: Bools
    """(classes,) the classes that have rows: a macro metric averages over these."""


def counted(labels: Labels, predicted: Labels, classes: int) -> ClassCounts:
    """The counts of some rows, from their true and their predicted classes (rows,)."""
    support = np.bincount(labels, minlength=classes).astype(np.float64)
    return ClassCounts(
        hits=np.bincount(labels[labels == predicted], minlength=classes).astype(np.float64),
        support=support,
        predicted=np.bincount(predicted, minlength=classes).astype(np.float64),
        present=support > 0,
    )


class PredictedMetric(Metric):
    """A metric of the predicted classes, as scikit-learn computes it with ``labels=`` the classes that have rows."""

    predicted_only = True

    @abstractmethod
    def of_counts(self, counts: ClassCounts) -> Floats64:
        """(...) the metric of each confusion matrix."""

    @abstractmethod
    def row_influence(self, counts: ClassCounts) -> RowInfluence:
        """The influence, on the metric of the rows that were counted, of any row, seen or not."""

    def unseen(
        self, difference: float, labels: Labels, ours: Probabilities, theirs: Probabilities
    ) -> tuple[Floats64, Floats64]:
        """For each class that occurs, a row of it that only theirs, or only ours, predicts right.

        The wrong prediction is our most frequent one, or the next where that would be right.  A model that always
        predicts one class can be right on no other.
        """
        if not len(labels):
            return super().unseen(difference, labels, ours, theirs)
        classes = ours.shape[1]
        own, other = most_probable(ours), most_probable(theirs)
        of_ours = self.row_influence(counted(labels, own, classes))
        of_theirs = self.row_influence(counted(labels, other, classes))
        truth = np.unique(labels).astype(np.int32)
        # Our predictions 0 0 0 1 2 make 0 the usual one: the row of class 1 or 2 taken wrongly is taken for 0, and the
        # row of class 0, for which 0 would be right, for the runner-up 1.
        usual = np.argsort(-np.bincount(own, minlength=classes), kind="stable")[:2].astype(np.int32)
        wrong = np.where(truth == usual[0], usual[1], usual[0])
        against = of_ours(truth, wrong) - of_theirs(truth, truth)
        speaking = of_ours(truth, truth) - of_theirs(truth, wrong)
        return against[_may_predict(other, truth)], speaking[_may_predict(own, truth)]

    def _value(self, labels: Labels, probabilities: Probabilities) -> float:
        return float(self.of_counts(counted(labels, most_probable(probabilities), probabilities.shape[1])))

    def _influence(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        predicted = most_probable(probabilities)
        return self.row_influence(counted(labels, predicted, probabilities.shape[1]))(labels, predicted)


def _may_predict(predicted: Labels, truth: Labels) -> Bools:
    """Which classes a model may predict: any, but for one that always predicts the same."""
    constant = bool((predicted == predicted[0]).all())
    return truth == predicted[0] if constant else np.ones(len(truth), dtype=bool)
