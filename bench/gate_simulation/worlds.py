"""Worlds whose truth is known: rows, a champion's answers, and challengers that are truly equal, better or worse.

Every challenger is drawn anew on the rows it is asked about, independently from row to row (from unit to unit where
rows come in units), so that its answers on a holdout, on training rows out of fold and on rows still to come are those
of one model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from ratchet.arrays import Floats64, Hashes, Labels, Probabilities
from ratchet.metrics import catalogue
from ratchet.metrics.predicted import ClassCounts, PredictedMetric

DISAGREE = 0.06
"""The share of rows on which a challenger answers otherwise than the champion."""
SURE = 0.9
"""The probability that a model which only names a class gives it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Labelled rows with the champion's answers."""

    labels: Labels
    champion: Probabilities
    units: Hashes | None = None
    """(rows,) each row's unit of evidence; None where every row is its own."""
    seen: Floats64 | None = None
    """(rows,) what every model sees of a row, in worlds of scores."""

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, part: slice) -> Rows:
        return Rows(
            labels=self.labels[part],
            champion=self.champion[part],
            units=None if self.units is None else self.units[part],
            seen=None if self.seen is None else self.seen[part],
        )


class World(Protocol):
    """What a simulation needs of a world."""

    @property
    def name(self) -> str: ...

    @property
    def metric(self) -> str:
        """What the gate asks about."""
        ...

    @property
    def classes(self) -> int: ...

    def rows(self, rng: np.random.Generator, count: int) -> Rows:
        """Rows drawn anew; whole units of them."""
        ...

    def challenger(self, rng: np.random.Generator, rows: Rows, gain: float = 0.0) -> Probabilities:
        """A challenger's answers to ``rows``, one that truly scores ``gain`` more than the champion."""
        ...


def answers(predicted: Labels, classes: int) -> Probabilities:
    """(rows, classes) each answer with the confidence `SURE`."""
    spread = np.full((len(predicted), classes), (1 - SURE) / (classes - 1))
    spread[np.arange(len(predicted)), predicted] = SURE
    return spread


def predicted(answered: Probabilities) -> Labels:
    """(rows,) the class that is answered."""
    return np.asarray(answered.argmax(axis=1), dtype=np.int32)


@dataclass(frozen=True, kw_only=True)
class Named:
    """Models that name a class: right on a known share of each, changed by a challenger on `DISAGREE` of the rows."""

    name: str
    metric: str = "accuracy"
    prior: tuple[float, ...] = (0.5, 0.5)
    recall: tuple[float, ...] = (0.85, 0.85)

    @property
    def classes(self) -> int:
        return len(self.prior)

    def rows(self, rng: np.random.Generator, count: int) -> Rows:
        labels = rng.choice(self.classes, count, p=np.array(self.prior)).astype(np.int32)
        right = rng.random(count) < np.array(self.recall)[labels]
        return Rows(labels=labels, champion=answers(np.where(right, labels, self.other(rng, labels)), self.classes))

    def challenger(self, rng: np.random.Generator, rows: Rows, gain: float = 0.0) -> Probabilities:
        same = np.full(len(rows), DISAGREE)
        return self.tilted(rng, rows, same, self.tilt(gain) if gain else 0.0)

    def tilted(self, rng: np.random.Generator, rows: Rows, share: Floats64, tilt: Floats64 | float) -> Probabilities:
        """A challenger that changes a ``share`` (rows,) of the answers, more of them to right above ``tilt`` 0."""
        # Right on 0.85 of the rows and a tilt of 0: 0.03 / 0.85 of those turn wrong, 0.03 / 0.15 of the others right,
        # so 3 % of all rows go either way.
        champion, recall = predicted(rows.champion), np.array(self.recall)[rows.labels]
        right = champion == rows.labels
        chance = np.where(right, share * (1 - tilt) / 2 / recall, share * (1 + tilt) / 2 / (1 - recall))
        at = np.flatnonzero(rng.random(len(rows)) < chance)
        champion[at] = np.where(right[at], self.other(rng, rows.labels[at]), rows.labels[at])
        return answers(champion, self.classes)

    def other(self, rng: np.random.Generator, labels: Labels) -> Labels:
        """Any other class, by lot."""
        return ((labels + rng.integers(1, self.classes, len(labels))) % self.classes).astype(np.int32)

    def truth(self, tilt: float) -> float:
        """What a challenger of this tilt truly scores; the champion's own score is that of 0."""
        prior, recall = np.array(self.prior), np.array(self.recall) + DISAGREE * tilt
        wrong = prior * (1 - recall) / (self.classes - 1)
        named = prior * recall + wrong.sum() - wrong
        found = catalogue.metric(self.metric)
        assert isinstance(found, PredictedMetric)
        every = np.ones(self.classes, dtype=bool)
        return float(found.of_counts(ClassCounts(hits=prior * recall, support=prior, predicted=named, present=every)))

    def tilt(self, gain: float) -> float:
        """The tilt that truly gains so much, by bisection."""
        low, high = -1.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self.truth(middle) - self.truth(0) < gain else (low, middle)
        return (low + high) / 2


@dataclass(frozen=True, kw_only=True)
class Clusters(Named):
    """Rows in groups, such as a person's: in each group one model suits the better, by lot; over all they are equal."""

    size: int = 50
    one_sided: float = 0.9

    def rows(self, rng: np.random.Generator, count: int) -> Rows:
        groups = np.repeat(rng.integers(1 << 63, size=-(-count // self.size), dtype=np.uint64), self.size)[:count]
        return replace(super().rows(rng, count), units=groups)

    def challenger(self, rng: np.random.Generator, rows: Rows, gain: float = 0.0) -> Probabilities:
        # In half of the groups the two agree; in the others they differ on 12 % of the rows, most of which go one way.
        assert rows.units is not None
        of = np.unique(rows.units, return_inverse=True)[1]
        groups = int(of.max(initial=-1)) + 1
        share = np.asarray(2 * DISAGREE * rng.integers(0, 2, groups), dtype=np.float64)
        suits = self.one_sided * rng.choice([-1.0, 1.0], groups)
        return self.tilted(rng, rows, share[of], suits[of] + (self.tilt(gain) if gain else 0.0))


@dataclass(frozen=True, kw_only=True)
class Copies(Named):
    """Rows that stand there so many times, such as one text under other ids: every model answers all of them alike."""

    times: int = 10

    def rows(self, rng: np.random.Generator, count: int) -> Rows:
        once = super().rows(rng, -(-count // self.times))
        units = np.repeat(rng.integers(1 << 63, size=len(once), dtype=np.uint64), self.times)[:count]
        again = np.arange(count) // self.times
        return Rows(labels=once.labels[again], champion=once.champion[again], units=units)

    def challenger(self, rng: np.random.Generator, rows: Rows, gain: float = 0.0) -> Probabilities:
        assert rows.units is not None
        _, first, again = np.unique(rows.units, return_index=True, return_inverse=True)
        once = Rows(labels=rows.labels[first], champion=rows.champion[first])
        return np.asarray(super().challenger(rng, once, gain)[again])


@dataclass(frozen=True, kw_only=True)
class RareClasses(Named):
    """Equal macro-recall by a trade that chance hides: +12 points in the common class, -6 in each of two rare ones."""

    metric: str = "macro_recall"
    prior: tuple[float, ...] = (0.99, 0.005, 0.005)
    recall: tuple[float, ...] = (0.75, 0.75, 0.75)
    trade: tuple[float, ...] = (0.12, -0.06, -0.06)

    def challenger(self, rng: np.random.Generator, rows: Rows, gain: float = 0.0) -> Probabilities:
        named, move = predicted(rows.champion), (np.array(self.trade) + gain)[rows.labels]
        recall, right = np.array(self.recall)[rows.labels], named == rows.labels
        chance = np.where(right, np.maximum(-move, 0) / recall, np.maximum(move, 0) / (1 - recall))
        turned = rng.random(len(rows)) < chance
        return answers(np.where(turned, np.where(right, self.other(rng, rows.labels), rows.labels), named), 3)


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Two classes and models that see the truth through noise of their own: equal, and equally sure of themselves."""

    name: str
    metric: Literal["roc_auc", "pr_auc", "log_loss", "brier"] = "roc_auc"
    share: float = 0.3
    classes: int = 2

    def rows(self, rng: np.random.Generator, count: int) -> Rows:
        labels = (rng.random(count) < self.share).astype(np.int32)
        seen = 1.5 * labels + rng.standard_normal(count)
        return Rows(labels=labels, champion=self._answers(rng, seen), seen=seen)

    def challenger(self, rng: np.random.Generator, rows: Rows, gain: float = 0.0) -> Probabilities:
        if gain or rows.seen is None:
            raise ValueError("models of this world are equal, and answer its own rows")
        return self._answers(rng, rows.seen)

    def _answers(self, rng: np.random.Generator, seen: Floats64) -> Probabilities:
        logit = 1.2 * (seen + 0.5 * rng.standard_normal(len(seen))) - 0.9 + np.log(self.share / (1 - self.share))
        second = 1 / (1 + np.exp(-logit))
        return np.column_stack([1 - second, second])


@dataclass(frozen=True, kw_only=True)
class RareLoss:
    """Equal log-loss by a trade that chance hides: a little better on most rows, 5 nats lost on 1 row in 2,000."""

    name: str
    metric: str = "log_loss"
    classes: int = 2
    one_in: int = 2_000
    champion: float = 0.7
    """What the champion gives the true class of every row."""

    def rows(self, rng: np.random.Generator, count: int) -> Rows:
        labels = (rng.random(count) < 0.5).astype(np.int32)
        return Rows(labels=labels, champion=self._given(labels, np.full(count, self.champion)))

    def challenger(self, rng: np.random.Generator, rows: Rows, gain: float = 0.0) -> Probabilities:
        lost = np.exp(-5.0)
        # Its mean is the champion's: (1 - 1/2000) log(usual) + 1/2000 log(lost) = log(0.7) + gain.
        usual = np.exp((np.log(self.champion) + gain - np.log(lost) / self.one_in) / (1 - 1 / self.one_in))
        unlucky = rng.random(len(rows)) < 1 / self.one_in
        return self._given(rows.labels, np.where(unlucky, lost, usual))

    def _given(self, labels: Labels, true: Floats64) -> Probabilities:
        return np.where(labels[:, None] == np.arange(2), true[:, None], 1 - true[:, None])


PLAIN = Named(name="accuracy")
EQUALS: tuple[World, ...] = (
    PLAIN,
    Named(name="macro-F1, 5 % in one class", metric="macro_f1", prior=(0.95, 0.05), recall=(0.93, 0.6)),
    Named(name="macro-F1, 27 classes", metric="macro_f1", prior=(1 / 27,) * 27, recall=(0.8,) * 27),
    Scores(name="ROC-AUC", metric="roc_auc"),
    Scores(name="log-loss", metric="log_loss"),
    Scores(name="Brier", metric="brier"),
    Clusters(name="40 groups of 50 rows"),
    Copies(name="every row ten times"),
    RareLoss(name="log-loss, 1 row in 2,000 costs 5 nats"),
    RareClasses(name="macro-recall, two classes of 10 rows"),
)
"""Every kind of world in which challengers are no better."""
