"""Learning by a recipe from some rows and answering others, from nothing but the rows: for what is asked of a recipe
after a search, where encoders too may see only what is learned from.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ratchet.arrays import Ints, Labels
from ratchet.features.encoder import Columns, Target, pick
from ratchet.kinds.kind import Kind
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.training import encoded as rows_of
from ratchet.training.inputs import Inputs
from ratchet.training.task import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """What a job needs to learn from some rows and be asked about others; the columns are found by key."""

    inputs: Inputs
    columns: str
    kinds: Mapping[str, Kind]
    labels: Labels
    classes: int
    recipe: Recipe
    learned: Ints
    """The rows to learn from."""
    asked: Ints
    """The rows to answer."""
    seed: int
    scratch: str
    """A key of the session's own: what a job that is killed leaves goes with that."""

    @classmethod
    def of(cls, task: Task, recipe: Recipe, learned: Ints, asked: Ints) -> LeftOut:
        """The job of a task's rows."""
        return cls(
            inputs=task.session.inputs,
            columns=task.columns(),
            kinds=task.rows.kinds,
            labels=task.rows.labels,
            classes=len(task.rows.classes),
            recipe=recipe,
            learned=learned,
            asked=asked,
            seed=task.seed,
            scratch=task.own("left-out"),
        )

    @contextmanager
    def fitted(self) -> Iterator[tuple[Pipeline, Columns]]:
        """The pipeline that the rows to learn from give, and the columns of those asked; for a block."""
        columns = rows_of.read_columns(self.inputs, self.columns, self.kinds)
        target = Target(self.labels[self.learned], self.classes)
        rows = LabelledRows(columns=pick(columns, self.learned), kinds=self.kinds, target=target)
        beside = self.inputs.scratch(self.scratch)
        with tempfile.TemporaryDirectory(dir=beside, prefix="ratchet-left-out-") as folder:
            yield fit(self.recipe, rows, seed=self.seed, folder=Path(folder)), pick(columns, self.asked)
