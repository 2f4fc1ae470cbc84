"""Rows on their way into a dataset: typed, hashed, and kept in files beside the workspace until all are in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from ratchet import atomic
from ratchet.arrays import Bools, Hashes
from ratchet.clock import new_id
from ratchet.data.datasets import CHOSEN, ID, ROW, SUBJECT
from ratchet.data.rowhash import hashes_of_sets
from ratchet.errors import WorkspaceError

_PART_ROWS = 50_000
_PART_BYTES = 64 * 1024 * 1024
_PREFIX = ".staging-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """A file of rows that are to become a part."""

    path: Path
    rows: int


@dataclass(slots=True)
class StagingFolder:
    """A folder that takes typed frames and makes them into files of a fit size."""

    folder: Path
    features: Sequence[str]
    files: list[Staged] = field(default_factory=list)
    _held: list[pl.DataFrame] = field(default_factory=list)
    _hashes: list[Hashes] = field(default_factory=list)
    _done: int = 0

    def add(
        self,
        frame: pl.DataFrame,
        unhashed: Sequence[str] = (),
        chosen: Bools | None = None,
        subjects: pl.Series | None = None,
    ) -> None:
        """Takes rows as `ratchet.data.conform` types them; ``unhashed`` columns do not tell rows apart.

        ``chosen`` (rows,) came because of what was answered; none did by default.  ``subjects`` (rows,) are the
        pseudonyms of those whose rows they are, where any is known.
        """
        if not frame.height:
            return
        marked = hashed_rows(frame, self.features, unhashed)
        by_choice = np.zeros(frame.height, dtype=bool) if chosen is None else chosen
        self._hashes.append(marked.get_column(ROW).to_numpy())
        whose = [] if subjects is None else [subjects.alias(SUBJECT)]
        self._held.append(marked.with_columns(pl.Series(CHOSEN, by_choice), *whose))
        held = sum(each.height for each in self._held)
        if held >= _PART_ROWS or sum(each.estimated_size() for each in self._held) >= _PART_BYTES:
            self._flush()

    def finish_source(self, have: Hashes) -> Hashes:
        """Ends a source: drops its rows that are among ``have`` as often already; gives the hashes of those kept."""
        self._flush()
        hashes = np.concatenate(self._hashes) if self._hashes else np.zeros(0, dtype=np.uint64)
        self._hashes.clear()
        # The rows of a source lie in files one behind the other: with files of 3 and 2 rows, rows 0 to 2 of ``keep``
        # are the first file's and 3 to 4 the second's.  A file that loses rows is written anew.
        keep = fresh(have, hashes)
        kept: list[Staged] = []
        start = 0
        for staged in self.files[self._done :]:
            mask = keep[start : start + staged.rows]
            start += staged.rows
            if mask.all():
                kept.append(staged)
            else:
                if mask.any():
                    kept.append(self.write(pl.read_parquet(staged.path, glob=False).filter(pl.Series(mask))))
                staged.path.unlink()
        self.files[self._done :] = kept
        self._done = len(self.files)
        return hashes[keep]

    def write(self, frame: pl.DataFrame) -> Staged:
        """One file of rows; raises `WorkspaceError` where the disk takes no more."""
        path = self.folder / f"{new_id()}.parquet"
        try:
            frame.write_parquet(path, compression="zstd")
        except (pl.exceptions.PolarsError, OSError) as error:
            raise WorkspaceError(
                f"rows cannot be written to {self.folder}: {str(error).splitlines()[0]}",
                todo="make room on the disk and run it again; nothing was changed",
            ) from None
        return Staged(path=path, rows=frame.height)

    def _flush(self) -> None:
        if self._held:
            self.files.append(self.write(pl.concat(self._held, how="diagonal")))
            self._held.clear()


def hashed_rows(frame: pl.DataFrame, features: Sequence[str], unhashed: Sequence[str]) -> pl.DataFrame:
    """Typed rows with ``_id``, the hash of their features, and ``_row``, that of all columns but ``unhashed``."""
    hashed = [name for name in frame.columns if name not in unhashed]
    ids, rows = hashes_of_sets(frame, [features, hashed])
    return frame.with_columns(pl.Series(ID, ids), pl.Series(ROW, rows))


@contextmanager
def staging(place: Path, features: Sequence[str]) -> Iterator[StagingFolder]:
    """A stage in the folder ``place``; it is gone afterwards, and so are those that killed runs left behind."""
    made = not place.exists()
    try:
        atomic.make_private(place)
        for leftover in place.glob(f"{_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = place / f"{_PREFIX}{new_id()}"
        folder.mkdir()
    except OSError as error:
        raise WorkspaceError(
            f"{place} cannot be written: {error.strerror}", todo="check its rights, or choose another folder"
        ) from None
    try:
        yield StagingFolder(folder, features)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if made and not any(place.iterdir()):
            place.rmdir()


def fresh(have: Hashes, new: Hashes) -> Bools:
    """Which of the new rows (n,) are not there yet, counting: of a row there twice, the third is new.

    >>> fresh(np.array([7, 7, 8], np.uint64), np.array([7, 9, 7, 7, 8], np.uint64)).tolist()
    [False, True, False, True, False]
    """
    # In the example above, sorted, the new rows are [7, 7, 7, 8, 9], the 1st, 2nd, 3rd; 1st; 1st of their value.  7 is
    # there twice, 8 once, 9 never: new are those whose count from 0 reaches that, the 3rd 7 and the 9.
    order = np.argsort(new, kind="stable")
    ranked = new[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])) if len(new) else np.zeros(0, dtype=np.int64)
    lengths = np.diff(np.append(starts, len(new)))
    occurrence = np.arange(len(new)) - np.repeat(starts, lengths)
    there = np.sort(have)
    times = np.searchsorted(there, ranked, side="right") - np.searchsorted(there, ranked, side="left")
    keep = np.empty(len(new), dtype=bool)
    keep[order] = occurrence >= times
    return keep
