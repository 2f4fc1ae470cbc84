"""Do the paired tests err as seldom as they say, and see what is there?  python -m bench.paired_tests [--reps 400]

Worlds in which two models are truly equal, made to mislead: opposite tilts in a rare class and the others, losses of
which one row in thousands decides, rows that come in clusters, ranks with few positives.  Beside the test of
`ratchet.evaluation.paired` stands Student's t on the same influences, summed by unit.  The second table has worlds with
a true difference, the third how often the interval holds the truth.  Seeded; the constants were chosen on other seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import stdtr
from scipy.stats import norm

from ratchet.arrays import Floats64, Hashes, Ints, Labels, Probabilities
from ratchet.evaluation.paired import Difference, difference
from ratchet.metrics import catalogue
from ratchet.metrics.log_loss import MOST
from ratchet.metrics.predicted import ClassCounts, PredictedMetric

ALPHAS = (0.05, 0.01125, 0.0025)
RIGHT = 0.75
"""How often the champion is right, in every class."""
Sample = tuple[Labels, Probabilities, Probabilities, Hashes | None]
"""True classes, the probabilities of ours and theirs, and units."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A way in which rows and two models' answers come about."""

    family: str
    name: str
    metric: str
    draw: Callable[[np.random.Generator], Sample]


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Shares of the classes, on what share of each the models disagree, and how much more often ours is right there."""

    prior: Floats64
    disagree: Floats64
    gain: Floats64

    def answers(self, rng: np.random.Generator, rows: int) -> tuple[Labels, Labels, Labels]:
        """True classes, ours, theirs; every class has a row."""
        labels = rng.choice(len(self.prior), rows, p=self.prior)
        while len(np.unique(labels)) < len(self.prior):
            labels = rng.choice(len(self.prior), rows, p=self.prior)
        right = rng.random(rows) < RIGHT
        theirs = np.where(right, labels, self._other(rng, labels))
        lost, won = (self.disagree - self.gain) / 2 / RIGHT, (self.disagree + self.gain) / 2 / (1 - RIGHT)
        turned = rng.random(rows) < np.where(right, lost[labels], won[labels])
        ours = np.where(turned, np.where(right, self._other(rng, labels), labels), theirs)
        return labels.astype(np.int32), ours.astype(np.int32), theirs.astype(np.int32)

    def _other(self, rng: np.random.Generator, labels: Ints) -> Ints:
        return np.asarray((labels + rng.integers(1, len(self.prior), len(labels))) % len(self.prior))

    def truth(self, metric: str) -> float:
        """How much better ours truly is."""
        found = catalogue.metric(metric)
        assert isinstance(found, PredictedMetric)
        every = np.ones(len(self.prior), dtype=bool)
        values = []
        for right in (RIGHT + self.gain, np.full(len(self.prior), RIGHT)):
            wrong = self.prior * (1 - right) / (len(self.prior) - 1)
            predicted = self.prior * right + wrong.sum() - wrong
            counts = ClassCounts(hits=self.prior * right, support=self.prior, predicted=predicted, present=every)
            values.append(float(found.of_counts(counts)))
        return float(values[0] - values[1])


def equal(metric: str, prior: Floats64, share: float, tilt: int) -> Classes:
    """Classes of which the first wins (``tilt`` 1) or loses (-1) wherever models disagree, and the others make up."""
    first = share
    while True:
        disagree = np.full(len(prior), share)
        disagree[0] = first
        low, high = -1.0, 1.0
        for _ in range(50):
            gain = np.full(len(prior), share * (low + high) / 2)
            gain[0] = tilt * first
            found = Classes(prior=prior, disagree=disagree, gain=gain)
            low, high = (low, (low + high) / 2) if found.truth(metric) > 0 else ((low + high) / 2, high)
        if abs(found.truth(metric)) < 1e-9:
            return found
        first *= 0.7


def prior_of(classes: int, smallest: float, geometric: bool) -> Floats64:
    """Shares, the first the smallest: the others equal, or each larger than the last by the same factor."""
    if not geometric:
        return np.append(smallest, np.full(classes - 1, (1 - smallest) / (classes - 1)))
    low, high = 1.0, 1 / smallest
    for _ in range(60):
        shares = ((low + high) / 2) ** np.arange(classes)
        low, high = ((low + high) / 2, high) if shares[0] / shares.sum() > smallest else (low, (low + high) / 2)
    return np.asarray(shares / shares.sum())


def sure(predicted: Labels, classes: int) -> Probabilities:
    spread = np.full((len(predicted), classes), 0.1 / (classes - 1))
    spread[np.arange(len(predicted)), predicted] = 0.9
    return spread


def labelled(classes: Classes, rows: int) -> Callable[[np.random.Generator], Sample]:
    """Independent rows."""

    def draw(rng: np.random.Generator) -> Sample:
        labels, ours, theirs = classes.answers(rng, rows)
        return labels, sure(ours, len(classes.prior)), sure(theirs, len(classes.prior)), None

    return draw


def clustered(classes: Classes, rows: int, sizes: str, alike: float) -> Callable[[np.random.Generator], Sample]:
    """Rows in units, a share ``alike`` of which is the same throughout its unit."""

    def draw(rng: np.random.Generator) -> Sample:
        unit = np.repeat(np.arange(rows), _sizes(rng, sizes, rows))[:rows]
        whole, each = classes.answers(rng, rows), classes.answers(rng, rows)
        shared = rng.random(rows) < alike
        labels, ours, theirs = (np.where(shared, one[unit], own) for one, own in zip(whole, each, strict=True))
        count = len(classes.prior)
        return labels, sure(ours, count), sure(theirs, count), unit.astype(np.uint64)

    return draw


def _sizes(rng: np.random.Generator, sizes: str, rows: int) -> Ints:
    drawn = {
        "copies x10": np.full(rows, 10),
        "groups of 50": np.full(rows, 50),
        "geometric": rng.geometric(0.15, rows),
        "heavy": np.minimum(rng.pareto(1.5, rows) + 1, 200).astype(np.int64),
    }
    return drawn[sizes]


def skewed(rows: int, copies: int, rate: float) -> Callable[[np.random.Generator], Sample]:
    """Ours costs a little less on every unit but on one in ``1 / rate``, where it costs all."""

    def draw(rng: np.random.Generator) -> Sample:
        units = rows // copies
        bad, base = rng.random(units) < rate, rng.exponential(0.3, units)
        saved = rng.exponential(rate * MOST / (1 - rate), units)
        ours, theirs = np.where(bad, MOST, base), np.where(bad, 0.0, base + saved)
        sides = [np.exp(-np.repeat(np.minimum(each, MOST), copies)) for each in (ours, theirs)]
        own, other = (np.column_stack([each, 1 - each]) for each in sides)
        return np.zeros(rows, np.int32), own, other, _copies(units, copies)

    return draw


def scored(
    rows: int, share: float, copies: int, failing: float, better: float
) -> Callable[[np.random.Generator], Sample]:
    """Two models that see the truth through noise (ours through ``better`` less); ours misses some positives wholly.

    What ours would gain by being as good elsewhere is taken from theirs, so that both have one ROC-AUC.
    """
    apart, alone = np.sqrt(2 * (1 + 0.49)), np.sqrt(1 + 0.49)
    area = (1 - failing) * norm.cdf(1.5 / apart) + failing * norm.cdf(-3 / alone)
    lower = 1.5 - apart * norm.ppf(area)

    def draw(rng: np.random.Generator) -> Sample:
        units = rows // copies
        labels = (rng.random(units) < share).astype(np.int32)
        labels[:2] = 0, 1
        seen = 1.5 * labels + rng.standard_normal(units)
        own = seen + (0.7 - better) * rng.standard_normal(units)
        own = np.where((labels == 1) & (rng.random(units) < failing), -3.0, own)
        other = seen + 0.7 * rng.standard_normal(units) - lower * labels
        sides = [1 / (1 + np.exp(-np.repeat(each, copies))) for each in (own, other)]
        ours, theirs = (np.column_stack([1 - each, each]) for each in sides)
        return np.repeat(labels, copies), ours, theirs, _copies(units, copies)

    return draw


def _copies(units: int, copies: int) -> Hashes | None:
    return np.repeat(np.arange(units, dtype=np.uint64), copies) if copies > 1 else None


def null_worlds() -> Iterator[World]:
    for metric, count, smallest, tilt, share in product(
        ("macro_recall", "macro_f1"), (2, 3, 10, 27), (5, 10, 20, 50, 200), (-1, 1), (0.02, 0.2)
    ):
        rows, geometric = (4_000, count > 2) if count == 27 else (2_000, count == 10)
        if geometric and smallest * count > rows:
            continue
        classes = equal(metric, prior_of(count, smallest / rows, geometric), share, tilt)
        name = f"{count} classes, smallest {smallest} rows, tilt {tilt:+d}, {share:.0%} differ"
        yield World(family=f"rare class, {metric}", name=name, metric=metric, draw=labelled(classes, rows))
    for metric, sizes, alike in product(
        ("accuracy", "macro_f1"), ("copies x10", "groups of 50", "geometric", "heavy"), (1.0, 0.5)
    ):
        for prior in (np.full(2, 0.5), np.array([0.1, 0.9])):
            classes = equal(metric, prior, 0.06, -1)
            draw = clustered(classes, 2_000, sizes, 1.0 if "copies" in sizes else alike)
            yield World(family=f"units, {metric}", name=f"{sizes}, alike {alike:g}", metric=metric, draw=draw)
    for rows, copies in product((500, 2_000, 10_000), (1, 10)):
        draw = skewed(rows, copies, copies / 2_000)
        name = f"{rows} rows, copies x{copies}"
        yield World(family="skewed log-loss", name=name, metric="log_loss", draw=draw)
    for metric in ("log_loss", "brier", "pr_auc"):
        draw = scored(2_000, 0.3, 1, 0.0, 0.0)
        yield World(family="scores, equal noise", name=metric, metric=metric, draw=draw)
    for positives, copies, failing in product((10, 20, 50, 200), (1, 10), (0.0, 0.02, 0.05, 0.1)):
        draw = scored(2_000 * copies, positives / 2_000, copies, failing, 0.0)
        name = f"{positives} positive units, copies x{copies}, {failing:.0%} missed"
        yield World(family="roc_auc, few positives", name=name, metric="roc_auc", draw=draw)


def better_worlds() -> Iterator[World]:
    for metric, count in product(("accuracy", "macro_recall", "macro_f1"), (2, 3, 10, 27)):
        classes = Classes(prior=np.full(count, 1 / count), disagree=np.full(count, 0.06), gain=np.full(count, 0.01))
        name = f"{metric}, {count} equal classes, +1 point, 10,000 rows"
        yield World(family="better", name=name, metric=metric, draw=labelled(classes, 10_000))
    for metric, rows, gain in product(("log_loss", "brier"), (500, 2_000, 10_000), (0.1,)):
        draw = scored(rows, 0.5, 1, 0.0, gain * np.sqrt(10_000 / rows))
        yield World(family="better", name=f"{metric}, less noise, {rows:,} rows", metric=metric, draw=draw)


def student(found: Difference) -> float:
    """Student's t, with as many degrees of freedom as units that really count."""
    squares = found.effects**2
    second, fourth = float(squares.sum()), float(squares @ squares)
    return float(stdtr(max(second**2 / fourth, 1.0), -found.value / found.error)) if second else 1.0


def rates(world: World, reps: int, seed: int) -> Floats64:
    """(2, alphas) how often our test and Student's promote, at each alpha."""
    rng = np.random.default_rng([seed, *world.name.encode()])
    chances = np.empty((reps, 2))
    for rep in range(reps):
        labels, ours, theirs, units = world.draw(rng)
        found = difference(catalogue.metric(world.metric), labels, ours, theirs, units)
        chances[rep] = found.p_value(), student(found)
    return np.asarray((chances[:, :, None] <= np.array(ALPHAS)).mean(axis=0))


def coverage(world: World, reps: int, seed: int) -> float:
    """How often the 95 % interval holds the true difference, which is none."""
    rng = np.random.default_rng([seed, 1, *world.name.encode()])
    held = 0
    for _ in range(reps):
        labels, ours, theirs, units = world.draw(rng)
        low, high = difference(catalogue.metric(world.metric), labels, ours, theirs, units).interval(0.95)
        held += low <= 0 <= high
    return held / reps


def worst(worlds: list[tuple[World, Floats64]], reps: int, seed: int) -> Floats64:
    """The rates of the world with the most false promotions, measured anew: the first time it was also unlucky."""
    world, _ = max(worlds, key=lambda each: float(each[1][0] @ (1 / np.array(ALPHAS))))
    return rates(world, 10 * reps, seed + 1)


def _line(name: str, found: Floats64) -> str:
    return f"| {name} | " + " | ".join(f"{each:.2%}" for each in found.ravel()) + " |"


def _head(first: str, *tests: str) -> str:
    names = [f"{test}, {alpha:g}" for test in tests for alpha in ALPHAS]
    return f"| {first} | " + " | ".join(names) + " |\n|---|" + "---|" * len(names)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--reps", type=int, default=400)
    options.add_argument("--seed", type=int, default=2_026)
    chosen = options.parse_args()
    families: dict[str, list[tuple[World, Floats64]]] = {}
    for world in null_worlds():
        families.setdefault(world.family, []).append((world, rates(world, chosen.reps, chosen.seed)))
    print(_head("truly equal: promoted", "mean of worlds", "Student", "worst world", "Student"))
    for family, found in families.items():
        mean = np.mean([each for _, each in found], axis=0)
        anew = worst(found, chosen.reps, chosen.seed)
        print(_line(f"{family} ({len(found)} worlds)", np.concatenate([mean, anew])), flush=True)
    print("\n" + _head("truly better: promoted", "ours", "Student"))
    for world in better_worlds():
        print(_line(world.name, rates(world, chosen.reps, chosen.seed)))
    print("\n| 95 % interval holds the truth | |\n|---|---|")
    for world in null_worlds():
        if world.family.startswith("units") or world.family.startswith("scores"):
            print(f"| {world.family}: {world.name} | {coverage(world, chosen.reps, chosen.seed):.1%} |")


if __name__ == "__main__":
    main()
