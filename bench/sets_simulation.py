"""Do prediction sets keep their promise, on average and in the worst class?  Simulated with the real sets.

    python bench/sets_simulation.py [--scale 0.1] [--write]

Classes with geometric shares that overlap, and a model that knows them, shy by a fifth.  Sets are fitted to so many
rows and judged in every class by fresh rows.  In the second table rows come in units of ten that share half of
their noise.  "Holds" says how often an interval that a scorecard would show, from a holdout of a quarter of the rows,
holds the truth.  ``--write`` puts the tables into docs/architecture/10-probabilities.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ratchet.arrays import Floats64, Hashes, Labels, Probabilities
from ratchet.clock import rng
from ratchet.evaluation.sets import measure_sets
from ratchet.models.conformal import Conformal, fit

COVERAGE = 0.95
REPEATS = 300
SHARES = {2: 0.1, 3: 0.3, 10: 0.7, 27: 0.88}
"""Classes -> the share of each beside that of the class before it."""
ROWS = (100, 300, 1_000, 5_000)
UNIT = 10
_WIDTH, _APART, _SHY = 6, 1.1, 0.8
_JUDGES = 90_000
_PAGE = Path(__file__).parents[1] / "docs" / "architecture" / "10-probabilities.md"
_MARK = "<!-- bench/sets_simulation.py -->"

Rows = tuple[Probabilities, Labels, Hashes]


@dataclass(frozen=True, kw_only=True)
class World:
    """Classes with their shares, and where in space their rows lie."""

    shares: Floats64
    centres: Floats64

    @classmethod
    def of(cls, classes: int) -> World:
        shares = SHARES[classes] ** np.arange(classes)
        centres = rng("sets", classes).normal(size=(classes, _WIDTH)) * _APART
        return cls(shares=shares / shares.sum(), centres=centres)

    def rows(self, chance: np.random.Generator, labels: Labels, unit: int = 1) -> Rows:
        """Answers to rows of these classes, ``unit`` of which in turn share half of their noise."""
        units = np.arange(len(labels)) // unit
        noise = chance.normal(size=(len(labels), _WIDTH))
        if unit > 1:
            noise = (noise + chance.normal(size=(units[-1] + 1, _WIDTH))[units]) / np.sqrt(2)
        places = self.centres[labels] + noise
        far = ((places[:, None] - self.centres) ** 2).sum(axis=2)
        weight = _SHY * (np.log(self.shares) - far / 2)
        p = np.exp(weight - weight.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True), labels, units.astype(np.uint64)

    def draw(self, chance: np.random.Generator, count: int, unit: int = 1) -> Rows:
        labels = chance.choice(len(self.shares), count, p=self.shares).astype(np.int32)
        return self.rows(chance, labels, unit)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How sets of one kind did over many fits."""

    classes: int
    rows: int
    unit: int
    kind: str
    coverage: float
    worst: float
    """The coverage of the class that is covered worst, each class's averaged over the fits."""
    size: float
    single: float
    right: float
    """How many of the single answers are right."""
    holds: float
    """How often the interval of the coverage holds it."""
    worst_holds: float
    """How often the interval of the class that was called the worst holds its coverage."""


def simulate(scale: float = 1.0) -> list[Kept]:
    """Both kinds of sets, on rows of their own and on rows in units, by units and as if rows were their own."""
    return list(_every(max(2, round(REPEATS * scale))))


def _every(repeats: int) -> Iterator[Kept]:
    for classes in SHARES:
        for rows in ROWS:
            for kind in ("average", "classwise"):
                yield _kept(classes, rows, 1, kind, repeats)
    for classes in (3, 10):
        for rows in ROWS[1:]:
            for kind in ("average, by row", "average", "classwise, by row", "classwise"):
                yield _kept(classes, rows, UNIT, kind, repeats)


def _kept(classes: int, rows: int, unit: int, kind: str, repeats: int) -> Kept:
    world = World.of(classes)
    judges = _judges(classes)
    found = [_once(world, judges, rng("sets", classes, rows, unit, each), rows, unit, kind) for each in range(repeats)]
    covered = np.mean([each[0] for each in found], axis=0)
    size, single, right, holds, worst_holds = np.nanmean([each[1] for each in found], axis=0)
    return Kept(
        classes=classes,
        rows=rows,
        unit=unit,
        kind=kind,
        coverage=float(covered @ world.shares),
        worst=float(covered.min()),
        size=float(size),
        single=float(single),
        right=float(right / single) if single else float("nan"),
        holds=float(holds),
        worst_holds=float(worst_holds),
    )


@cache
def _judges(classes: int) -> Rows:
    """Fresh rows to judge by, as many of every class, one class after the other."""
    labels = np.repeat(np.arange(classes, dtype=np.int32), _JUDGES // classes)
    return World.of(classes).rows(rng("sets judges", classes), labels)


def _once(
    world: World, judges: Rows, chance: np.random.Generator, rows: int, unit: int, kind: str
) -> tuple[Floats64, tuple[float, ...]]:
    """The coverage of each class (classes,); size, share of single answers, of right ones, and what intervals hold."""
    p, labels, units = world.draw(chance, rows, unit)
    by_row = kind.endswith("by row")
    sets = fit(p, labels, COVERAGE, classwise=kind.startswith("classwise"), units=None if by_row else units)
    covered, told = _judged(sets, judges, world.shares)
    p, labels, units = world.draw(chance, max(rows // 4, 2 * unit), unit)
    names = [str(each) for each in range(len(world.shares))]
    said = measure_sets(sets, p, labels, classes=names, units=None if by_row else units)
    assert said.worst is not None
    truth, worst = float(covered @ world.shares), covered[int(said.worst.name)]
    holds = said.coverage.low <= truth <= said.coverage.high
    return covered, (*told, holds, said.worst.coverage.low <= worst <= said.worst.coverage.high)


def _judged(sets: Conformal, judges: Rows, shares: Floats64) -> tuple[Floats64, tuple[float, float, float]]:
    p, labels, _ = judges
    inside = sets.contains(p)
    sizes, right = inside.sum(axis=1), inside[np.arange(len(labels)), labels]
    single = sizes == 1

    def by_class(values: Floats64) -> Floats64:
        """(classes,) the mean of each class."""
        return np.asarray(values.reshape(len(shares), -1).mean(axis=1))

    told = [float(by_class(each.astype(np.float64)) @ shares) for each in (sizes, single, single & right)]
    return by_class(right.astype(np.float64)), (told[0], told[1], told[2])


def as_text(found: list[Kept]) -> str:
    """Two tables: rows of their own, and rows in units."""
    head = (
        "| classes | rows | sets | coverage | worst class | mean size | single answers | right | holds | worst holds |",
        "|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    )
    tables = []
    for unit, title in ((1, "Every row its own unit:"), (UNIT, f"Units of {UNIT} rows:")):
        lines = [
            f"| {each.classes} | {each.rows:,} | {each.kind} | {each.coverage:.3f} | {each.worst:.3f} "
            f"| {each.size:.2f} | {each.single:.0%} | {each.right:.3f} | {each.holds:.3f} | {each.worst_holds:.3f} |"
            for each in found
            if each.unit == unit
        ]
        tables.append("\n".join([title, "", *head, *lines]))
    return "\n\n".join(tables)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    text = as_text(simulate(chosen.scale))
    print(text)
    if chosen.write:
        before, _, after = _PAGE.read_text("utf-8").split(_MARK)
        _PAGE.write_text(f"{before}{_MARK}\n\n{text}\n\n{_MARK}{after}", "utf-8")


if __name__ == "__main__":
    main()
