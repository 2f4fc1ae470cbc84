"""The Evidence: all that the gate looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Hashes, Labels, Probabilities
from ratchet.data.findings import Finding
from ratchet.evaluation.scorecard import Cost
from ratchet.gate.uses import HoldoutUse
from ratchet.metrics.metric import Metric
from ratchet.spec import Gate
from ratchet.statistics.measured import Measured


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Screen:
    """Out-of-fold answers of challenger and champion on the training rows that both have them for.

    ``labels`` (rows,), probabilities (rows, classes), ``units`` (rows,) or None where every row is its own; raises
    `ValueError` where their shapes disagree.
    """

    labels: Labels
    challenger: Probabilities
    champion: Probabilities
    units: Hashes | None = None

    def __post_init__(self) -> None:
        shape = (len(self.labels), *self.challenger.shape[1:])
        _agree(shape, {"screened challenger": self.challenger, "screened champion": self.champion})
        _as_long(len(self.labels), {"the screen's units": self.units})

    def __len__(self) -> int:
        return units_in(self.units, len(self.labels))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evidence:
    """Probabilities of challenger, champion and baselines on the same holdout rows, and all else that is judged.

    They are as the metric is to see them: of a version that decides its labels by class factors, for a metric that sees
    labels only, weighed by those, so that the largest of a row is the label.  ``labels`` (rows,), every probabilities
    (rows, classes); raises `ValueError` where their shapes disagree.
    """

    gate: Gate
    classes: tuple[str, ...]
    labels: Labels
    challenger: Probabilities
    champion: Probabilities | None = None
    """None before there is one."""
    champion_version: str | None = None
    champion_by: Literal["itself", "recipe"] = "itself"
    """Whether the champion answered as it is served, or its recipe fitted again, as it has learned from these rows."""
    believed: tuple[Probabilities, Probabilities] | None = None
    """The probabilities of challenger and champion as they are answered; None: the same as those."""
    anchor: Probabilities | None = None
    """The version that ``no_worse`` is held against (`ratchet.gate.anchor`); None: the champion."""
    anchor_version: str | None = None
    baselines: Mapping[str, Probabilities] = field(default_factory=dict)
    """family -> its probabilities."""
    units: Hashes | None = None
    """(rows,) each row's unit of evidence: rows that share one count as one; None where every row is its own."""
    fresh: Bools | None = None
    """(rows,) whether a row was never asked before; None where none was."""
    slices: Mapping[str, npt.NDArray[np.str_] | npt.NDArray[np.object_]] = field(default_factory=dict)
    """column -> (rows,) its value, as text."""
    uses: Sequence[HoldoutUse] = ()
    """The earlier uses of this generation of the holdout."""
    screen: Screen | None = None
    """None where there are no out-of-fold answers of both."""
    findings: Sequence[Finding] = ()
    """What the checks found in the rows it learned from."""
    accept: Sequence[str] = ()
    """What the spec accepts: names of checks, ``check:column``, or ``gap``."""
    search: Measured | None = None
    """The chosen metric out of fold, as the search that chose the challenger measured it."""
    rule: Literal["hash", "group", "time", "column"] = "hash"
    """By what rows were held out: by lot (hash, group), or as those that are later or come from elsewhere."""
    cost: Cost | None = None
    champion_cost: Cost | None = None

    def __post_init__(self) -> None:
        shape = (len(self.labels), len(self.classes))
        sides = {"challenger": self.challenger, "champion": self.champion, "anchor": self.anchor, **self.baselines}
        _agree(shape, sides)
        _agree(shape, dict(zip(("believed challenger", "believed champion"), self.believed or (), strict=False)))
        _as_long(shape[0], {**self.slices, "units": self.units, "fresh": self.fresh})
        if self.screen is not None and self.screen.challenger.shape[1] != shape[1]:
            raise ValueError(f"the screen has {self.screen.challenger.shape[1]} classes, the holdout {shape[1]}")

    @property
    def metric(self) -> Metric:
        """What the spec says better means."""
        return self.gate.measure(self.classes, self.labels)

    @property
    def rows(self) -> int:
        """How many rows the holdout has."""
        return len(self.labels)


def units_in(units: Hashes | None, rows: int) -> int:
    """How many units of evidence some rows hold."""
    return rows if units is None else len(np.unique(units))


def _agree(shape: tuple[int, ...], sides: Mapping[str, Probabilities | None]) -> None:
    for name, side in sides.items():
        if side is not None and side.shape != shape:
            raise ValueError(f"the {name}'s probabilities are {side.shape}, not {shape} (rows, classes)")


def _as_long(rows: int, columns: Mapping[str, npt.NDArray[Any] | None]) -> None:
    for name, values in columns.items():
        if values is not None and len(values) != rows:
            raise ValueError(f"{name} has {len(values)} rows, the labels have {rows}")
