"""The Evidence: all that the gate looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Hashes, Labels, Probabilities
from ratchet.evaluation.scorecard import Cost
from ratchet.gate.uses import HoldoutUse
from ratchet.metrics import catalogue
from ratchet.metrics.metric import Metric
from ratchet.spec import Gate


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evidence:
    """Probabilities of challenger, champion and baselines on the same holdout rows, and what answers cost.

    ``labels`` (rows,), every probabilities (rows, classes); raises `ValueError` where their shapes disagree.
    """

    gate: Gate
    classes: tuple[str, ...]
    labels: Labels
    challenger: Probabilities
    champion: Probabilities | None = None
    """None before there is one."""
    baselines: Mapping[str, Probabilities] = field(default_factory=dict)
    """family -> its probabilities."""
    ids: Hashes | None = None
    """(rows,) each row's id: rows that share one are copies, and count as one piece of evidence."""
    slices: Mapping[str, npt.NDArray[np.str_] | npt.NDArray[np.object_]] = field(default_factory=dict)
    """column -> (rows,) its value, as text."""
    uses: Sequence[HoldoutUse] = ()
    """The earlier uses of this holdout."""
    cost: Cost | None = None
    champion_cost: Cost | None = None

    def __post_init__(self) -> None:
        shape = (len(self.labels), len(self.classes))
        sides = {"challenger": self.challenger, "champion": self.champion, **self.baselines}
        for name, side in sides.items():
            if side is not None and side.shape != shape:
                raise ValueError(f"the {name}'s probabilities are {side.shape}, not {shape} (rows, classes)")
        columns = {**self.slices, **({} if self.ids is None else {"ids": self.ids})}
        for name, values in columns.items():
            if len(values) != shape[0]:
                raise ValueError(f"{name} has {len(values)} rows, the labels have {shape[0]}")

    @property
    def metric(self) -> Metric:
        """What the spec says better means."""
        return catalogue.chosen(self.gate.metric)

    @property
    def rows(self) -> int:
        """How many rows the holdout has."""
        return len(self.labels)
