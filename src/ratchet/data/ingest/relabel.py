"""Corrected labels put in the place of the earlier ones, in files of rows that are written anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from ratchet.data.dataset import unhashed
from ratchet.data.datasets import CHOSEN, ID, ROW, SUBJECT, Datasets
from ratchet.data.ingest.base import Base, files_of
from ratchet.data.ingest.corrections import Corrections
from ratchet.data.ingest.staging import StagingFolder, hashed_rows
from ratchet.data.parts import read_parts
from ratchet.data.split.sides import HOLDOUT
from ratchet.spec import Spec


def relabelled(datasets: Datasets, base: Base, stage: StagingFolder, heard: Corrections, spec: Spec) -> Base:
    """The base with the labels that were heard of its rows, where none with the same features had that label before.

    Its parts stay what they are where all their labels do; the files of staged rows are replaced on the stage.
    """
    paths = files_of(datasets, base, stage)
    if not heard.said or not paths:
        return base
    wrong = _wrong(paths, heard, spec)
    if not wrong.height:
        return base
    held = wrong.filter(pl.col("at").is_in(np.flatnonzero(base.frozen.sides == HOLDOUT))).get_column(ID).n_unique()
    start, parts = 0, []
    for part, path in zip(base.parts, paths, strict=False):
        mended = _mended(path, wrong, start, stage, spec)
        parts.append(part if mended is None else replace(part, key=datasets.put(mended)))
        start += part.rows
    for place, staged in enumerate(stage.files):
        mended = _mended(staged.path, wrong, start, stage, spec)
        stage.files[place] = staged if mended is None else replace(staged, path=mended)
        start += staged.rows
    return replace(base, parts=tuple(parts), corrected=wrong.height, corrected_held_out=held)


def _wrong(paths: list[Path], heard: Corrections, spec: Spec) -> pl.DataFrame:
    """The rows to correct: their place ``at`` among all, their ``_id``, and the label that was ``said``."""
    there = read_parts(paths, [ID, spec.label]).with_row_index("at")
    said = {ID: list(heard.said), "said": list(heard.said.values())}
    new = pl.DataFrame(said, schema={ID: pl.UInt64, "said": pl.String})
    agrees = (pl.col(spec.label) == pl.col("said")).any().over(ID)
    return there.join(new, on=ID).filter(~agrees).select("at", ID, "said").sort("at")


def _mended(path: Path, wrong: pl.DataFrame, start: int, stage: StagingFolder, spec: Spec) -> Path | None:
    """A file of rows with its labels corrected; None where none of its rows is wrong."""
    frame = read_parts([path])
    here = wrong.filter(pl.col("at").is_between(start, start + frame.height, closed="left"))
    if not here.height:
        return None
    labels = frame.get_column(spec.label).scatter(
        (here.get_column("at").cast(pl.Int64) - start), here.get_column("said")
    )
    known = frame.select(pl.col(CHOSEN, *[SUBJECT] * (SUBJECT in frame.columns)))
    typed = frame.drop(ID, ROW, *known.columns).with_columns(labels)
    marked = hashed_rows(typed, stage.features, unhashed(spec)).with_columns(known.get_columns())
    return stage.write(marked).path
