"""Folders that the `datasets` library of Hugging Face has saved (``save_to_disk``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from ratchet.data.readers.arrow import read_arrow
from ratchet.data.readers.batch import Batch
from ratchet.data.readers.opened import File
from ratchet.errors import DataError

_STATE, _INFO, _SPLITS = "state.json", "dataset_info.json", "dataset_dict.json"
SPLIT = "split"
"""The column that says of which part of a saved dictionary a row is, where the table has none of that name."""


def is_saved(folder: Path) -> bool:
    """Whether ``save_to_disk`` wrote a folder: of one dataset, or of a dictionary of them."""
    try:
        return (folder / _SPLITS).is_file() or ((folder / _STATE).is_file() and (folder / _INFO).is_file())
    except OSError:  # no name that a file could have, or no right to look: whoever opens it says so
        return False


def read_saved(folder: Path, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of a saved dataset, or of each part of a dictionary; classes come by their names, not as numbers.

    Raises `DataError` where a file is missing or damaged.
    """
    if not (folder / _SPLITS).is_file():
        yield from _one(folder, None, batch_rows, max_cell)
        return
    names = _document(folder / _SPLITS).get("splits", ())
    for name in names if isinstance(names, list) else ():
        yield from _one(_within(folder, name), str(name), batch_rows, max_cell)


def _one(folder: Path, split: str | None, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    files = _document(folder / _STATE).get("_data_files")
    classes = _classes(_document(folder / _INFO))
    for each in files if isinstance(files, list) else ():
        path = _within(folder, each.get("filename") if isinstance(each, dict) else None)
        for batch in read_arrow(File(path), batch_rows=batch_rows, max_cell=max_cell):
            frame = batch.frame.with_columns(
                _named(batch.frame.get_column(name), names) for name, names in classes.items() if name in batch.frame
            )
            if split is not None and SPLIT not in frame.columns:
                frame = frame.with_columns(pl.lit(split).alias(SPLIT))
            yield replace(batch, frame=frame)


def _named(column: pl.Series, names: list[str]) -> pl.Series:
    """The class of each number, null for -1 as for every other that is none."""
    if not column.dtype.is_integer():
        return column
    places = column.cast(pl.Int64)
    known = places.is_between(0, len(names) - 1)
    return pl.Series(column.name, names, dtype=pl.String).gather(
        places.zip_with(known, pl.Series([None], dtype=pl.Int64))
    )


def _classes(info: Mapping[str, Any]) -> dict[str, list[str]]:
    """The columns that are kept as numbers of classes, with the classes' names in order."""
    features = info.get("features")
    return {
        name: [str(each) for each in feature["names"]]
        for name, feature in (features.items() if isinstance(features, dict) else ())
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list)
    }


def _within(folder: Path, name: object) -> Path:
    """A file or folder of a folder; one that lies elsewhere is no part of what was given."""
    if not isinstance(name, str) or not name or "/" in name or "\\" in name or name.startswith("."):
        raise DataError(f"{folder} names no file of its own, but {str(name)[:80]!r}", todo="save the dataset again")
    return folder / name


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DataError(f"{path} is missing or no JSON object", todo="save the dataset again (save_to_disk)")
    return found
