"""A sample of a table that is small enough to look at: evenly taken from all of it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ratchet.data.readers.batch import BadRow
from ratchet.data.readers.read import read
from ratchet.data.readers.source import Readable

_MOST_ROWS = 200_000
_MOST_BYTES = 256 * 1024 * 1024
_READ_AT_MOST = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Every ``step``-th of the first ``rows`` rows of a table, as read; ``whole`` says that there are no others."""

    frame: pl.DataFrame
    rows: int
    step: int
    whole: bool
    bad: int
    first_bad: BadRow | None


def sampled(source: Readable) -> Sample:
    """A sample of at most 200,000 rows and 256 MiB, from at most the first two million rows."""
    frames: list[pl.DataFrame] = []
    rows = bad = 0
    step, whole = 1, True
    first_bad: BadRow | None = None
    for batch in read(source):
        frames.append(batch.frame.gather_every(step, offset=-rows % step))
        rows += batch.frame.height
        bad += len({each.row for each in batch.bad})
        first_bad = first_bad or next(iter(batch.bad), None)
        while (
            sum(each.height for each in frames) > _MOST_ROWS
            or sum(each.estimated_size() for each in frames) > _MOST_BYTES
        ):
            frames = [pl.concat(frames, how="diagonal_relaxed").gather_every(2)]
            step *= 2
        if rows >= _READ_AT_MOST:
            whole = False
            break
    frame = pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()
    return Sample(frame=frame, rows=rows, step=step, whole=whole, bad=bad, first_bad=first_bad)
