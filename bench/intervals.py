"""How often does each interval that is shown hold the true value?  Every metric, on worlds whose truth is known.

    python bench/intervals.py [--scale 1] [--processes 2] [--seed 0] [--only pr_auc,class] [--units rows] [--json]

Rows are drawn from worlds of 2, 3 and 10 classes, as frequent as each other or each half as frequent as the one before,
answered by a good and by a middling model, both too sure of themselves; 100, 500 and 5,000 of them are held out.  With
units, every row stands there ten times, or rows come in groups of about ten that err together.
The truth is the value on 400,000 other rows, over the classes that the holdout has.  An interval that calls itself
approximate is counted apart from those that promise 95 %; as which it is also depends on the rows drawn, the two shares
together tell what the method does.  ``class ...`` is of the last, rarest class.  Seed 0 chose no method or constant.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes, Labels, Probabilities
from ratchet.clock import rng as seeded
from ratchet.evaluation.per_class import class_measures
from ratchet.metrics.catalogue import METRICS
from ratchet.statistics.measured import Measured

ROWS, TRUTH_ROWS, TRIALS = (100, 500, 5_000), 400_000, 1_000
BY_CLASS = ("macro_f1", "macro_precision", "macro_recall", "roc_auc", "pr_auc")
"""Means over classes, whose truth is the mean over the classes that a holdout has."""
OF_A_CLASS = ("precision", "recall", "f1", "pr_auc")
POSITIVE = 1


@dataclass(frozen=True, kw_only=True)
class World:
    """Where rows come from: how many classes, how frequent, and how far apart the model sees them."""

    classes: int
    shares: str
    model: str
    units: str = "rows"

    def __str__(self) -> str:
        return f"{self.classes} {self.shares} {self.model}" + ("" if self.units == "rows" else f", {self.units}")

    def share(self) -> Floats64:
        weights = 0.5 ** np.arange(self.classes) if self.shares == "geometric" else np.ones(self.classes)
        return np.asarray(weights / weights.sum())

    def rows(self, rng: np.random.Generator, rows: int) -> tuple[Labels, Probabilities, Hashes | None]:
        """Labels, answers and units of rows drawn anew."""
        if self.units == "copies":
            labels, answers = self._alone(rng, rows // 10, np.zeros((rows // 10, self.classes)))
            of = np.repeat(np.arange(rows // 10, dtype=np.uint64), 10)
            return labels[of], answers[of], of
        if self.units == "groups":
            of = np.sort(rng.integers(0, rows // 10, rows)).astype(np.uint64)
            labels, answers = self._alone(rng, rows, rng.standard_normal((rows // 10, self.classes))[of])
            return labels, answers, of
        labels, answers = self._alone(rng, rows, np.zeros((rows, self.classes)))
        return labels, answers, None

    def _alone(self, rng: np.random.Generator, rows: int, shift: Floats64) -> tuple[Labels, Probabilities]:
        distance = {"good": 3.0, "middling": 1.5}[self.model]
        labels = rng.choice(self.classes, rows, p=self.share()).astype(np.int32)
        seen = rng.standard_normal((rows, self.classes)) + shift
        seen[np.arange(rows), labels] += distance
        # What Bayes' rule would answer, with every logarithm half as large again: too sure.
        logs = 1.5 * (distance * seen + np.log(self.share()))
        answers = np.exp(logs - logs.max(axis=1, keepdims=True))
        return labels, answers / answers.sum(axis=1, keepdims=True)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What came of one world, number of rows and metric."""

    world: str
    rows: int
    metric: str
    method: str
    promised: int
    """Trials whose interval promised its level."""
    held: int
    """How many of those held the truth."""
    about: int
    """Trials whose interval called itself approximate."""
    about_held: int


def worlds() -> Iterator[World]:
    """Every world, those of single rows first."""
    for units in ("rows", "copies", "groups"):
        for classes in (2, 3, 10):
            for shares in ("balanced", "geometric"):
                for model in ("good", "middling"):
                    yield World(classes=classes, shares=shares, model=model, units=units)


@cache
def truth(world: World) -> dict[str, Floats64]:
    """(classes,) the true value of each metric for each class, or (1,) of all rows."""
    world = replace(world, units="rows") if world.units == "copies" else world
    labels, answers, _ = world.rows(seeded("truth", str(world)), TRUTH_ROWS)
    counted = {each: _by_class(each, labels, answers) for each in BY_CLASS}
    return counted | {
        name: np.array([each.value(labels, answers)]) for name, each in METRICS.items() if name not in BY_CLASS
    }


def _by_class(name: str, labels: Labels, answers: Probabilities) -> Floats64:
    classes = answers.shape[1]
    if name in {"roc_auc", "pr_auc"}:
        return np.array([_area(name, labels == each, answers[:, each]) for each in range(classes)])
    predicted = answers.argmax(axis=1)
    hits = np.bincount(labels[labels == predicted], minlength=classes)
    seen, named = np.bincount(labels, minlength=classes), np.bincount(predicted, minlength=classes)
    bottom = {"macro_f1": (seen + named) / 2, "macro_precision": named, "macro_recall": seen}[name]
    return np.asarray(hits / np.maximum(bottom, 1))


def _area(name: str, inside: Bools, scores: Floats64) -> float:
    """The area for one class against the rest."""
    return (
        METRICS[name].about(("rest", "class"), 1).value(inside.astype(np.int32), np.column_stack([1 - scores, scores]))
    )


def trial(
    world: World, rng: np.random.Generator, rows: int, only: tuple[str, ...]
) -> Iterator[tuple[str, Measured, float]]:
    """Each metric on one holdout, with what is true."""
    labels, answers, units = world.rows(rng, rows)
    known, names = truth(world), [str(each) for each in range(world.classes)]
    present = np.unique(labels)
    for name, each in METRICS.items():
        if only and name not in only:
            continue
        metric = each.about(names, POSITIVE if world.classes == 2 else None)
        found = metric.measured(labels, answers, units=units)
        if not np.isnan(found.value):
            yield name, found, _truth_of(name, known[name], present, world.classes)
    last = world.classes - 1
    if only and "class" not in only:
        return
    for name, found in class_measures(labels, answers, last, units=units).items():
        if name in OF_A_CLASS and found.n and last in present:
            yield f"class {name}", found, float(known[f"macro_{name}" if name != "pr_auc" else name][last])


def _truth_of(name: str, known: Floats64, present: Labels, classes: int) -> float:
    if name == "pr_auc" and classes == 2:
        return float(known[POSITIVE])
    return float(known[present].mean() if name in BY_CLASS else known[0])


def run(task: tuple[World, int, int, int, tuple[str, ...]]) -> list[Cell]:
    """All cells of one world and number of rows."""
    world, rows, trials, seed, only = task
    cells: dict[str, Cell] = {}
    rng = seeded("intervals", str(world), rows, seed)
    for _ in range(trials):
        for name, found, true in trial(world, rng, rows, only):
            empty = Cell(
                world=str(world), rows=rows, metric=name, method=found.method, promised=0, held=0, about=0, about_held=0
            )
            held, old = found.low <= true <= found.high, cells.get(name, empty)
            cells[name] = (
                replace(old, about=old.about + 1, about_held=old.about_held + held)
                if found.approximate
                else replace(old, promised=old.promised + 1, held=old.held + held)
            )
    return list(cells.values())


def as_text(cells: list[Cell]) -> str:
    """One row a cell; of the intervals that promise 95 %, and of those that call themselves approximate."""
    head = ["metric", "method", "world", "rows", "promised", "held", "approximate", "held"]
    ordered = sorted(cells, key=lambda cell: (cell.metric, cell.world, cell.rows))
    lines = [head, ["---"] * 3 + ["---:"] * 5, *map(_line, ordered)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _line(cell: Cell) -> list[str]:
    named, held = [cell.metric, cell.method, cell.world, f"{cell.rows:,}"], _share(cell.held, cell.promised)
    return [*named, f"{cell.promised:,}", held, f"{cell.about:,}", _share(cell.about_held, cell.about)]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--units", default="")
    chosen = parser.parse_args()
    trials, only = max(int(TRIALS * chosen.scale), 20), tuple(filter(None, chosen.only.split(",")))
    tasks = [
        (world, rows, trials, chosen.seed, only)
        for world in worlds()
        for rows in ROWS
        if not chosen.units or world.units in chosen.units.split(",")
    ]
    with ProcessPoolExecutor(chosen.processes) as pool:
        cells = [cell for found in pool.map(run, tasks) for cell in found]
    print(json.dumps([asdict(each) for each in cells], indent=1) if chosen.json else as_text(cells))


if __name__ == "__main__":
    main()
