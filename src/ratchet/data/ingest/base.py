"""What new rows join: the latest version as it is, its rows made to fit a changed spec, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ratchet.arrays import Hashes
from ratchet.data.dataset import DataPart, Dataset
from ratchet.data.datasets import ROW, Datasets
from ratchet.data.ingest.intake import Intake
from ratchet.data.ingest.next_version import FrozenSplit
from ratchet.data.ingest.staging import StagingFolder
from ratchet.data.parts import read_parts

_STARTED_AFRESH = (
    "the spec asks for columns that earlier rows were not read with: this version holds only the rows "
    "read now, with a new holdout; give earlier sources again to keep their rows"
)
_SPLIT_ANEW = "the rule of the split has changed: rows are split anew, which starts a new holdout"


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What new rows join: parts that stay as they are, and what is settled about the rows that are there.

    ``corrected`` of those rows have another label than in the latest version, ``corrected_held_out`` different ones of
    the holdout.
    """

    parts: tuple[DataPart, ...]
    frozen: FrozenSplit
    corrected: int = 0
    corrected_held_out: int = 0


def base_of(datasets: Datasets, latest: Dataset | None, intake: Intake) -> tuple[Base, Hashes, str | None]:
    """What new rows join under the spec of an intake, the hashes of the rows there, and a note for the reader.

    Where the stored columns are no more those that the spec asks for, the latest version's rows are staged again.
    """
    spec, nothing = intake.spec, np.zeros(0, dtype=np.uint64)
    if latest is None:
        return Base(parts=(), frozen=_unfrozen(0)), nothing, None
    if not latest.can_become(spec):
        return Base(parts=(), frozen=drawn_anew(latest)), nothing, _STARTED_AFRESH
    sides, same = datasets.sides(latest), latest.tells_apart_as(spec)
    if same:
        parts = latest.parts
        have = read_parts(datasets.files(parts), [ROW]).get_column(ROW).to_numpy()
    else:
        parts = ()
        sides = sides[intake.reread(datasets.files(latest.parts), latest)]
        have = intake.stage.finish_source(nothing)
    if not latest.split.follows(spec):
        return Base(parts=parts, frozen=drawn_anew(latest)), have, _SPLIT_ANEW
    split = latest.split
    frozen = FrozenSplit(sides=sides, split=split, draw=split.draw, generation=split.generation, anew=not same)
    return Base(parts=parts, frozen=frozen), have, None


def files_of(datasets: Datasets, base: Base, stage: StagingFolder) -> list[Path]:
    """The files of all rows so far: those of the base, then those staged."""
    return [*datasets.files(base.parts), *(staged.path for staged in stage.files)]


def drawn_anew(latest: Dataset) -> FrozenSplit:
    """Nothing settled: the rows of a version are split anew, by another draw."""
    return _unfrozen(latest.split.draw + 1, latest.split.generation)


def _unfrozen(draw: int, generation: int = 0) -> FrozenSplit:
    return FrozenSplit(sides=np.zeros(0, dtype=np.uint8), split=None, draw=draw, generation=generation)
