"""One answer that is still in the spool, found by its id without reading the records of all others."""

from __future__ import annotations

import mmap
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ratchet import clock
from ratchet.predictions.record import Record, read
from ratchet.predictions.segment import SUFFIX, opened

SKEW_SECONDS = 60.0
"""By how much the clock of this machine may have been set back since a record was written."""


def find(folder: Path, prediction_id: str) -> Record | None:
    """The record of an id in the segments of every process of this machine, or None.

    A record is written after its id was made, so segments that nobody has written to since are not looked at.  The
    others are searched for the id's bytes, at the speed of memory.  What cannot be read is passed over.
    """
    for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True):
        with suppress(OSError, ValueError):  # deleted meanwhile, unreadable, or empty
            last = datetime.fromtimestamp(path.stat().st_mtime + SKEW_SECONDS, UTC)
            if prediction_id < clock.first_id(last) and (found := _in(path, prediction_id)) is not None:
                return found
    return None


def _in(path: Path, prediction_id: str) -> Record | None:
    sign = prediction_id.encode()
    with opened(path) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(sign)
        while at >= 0:
            begin, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            record = read(data[begin : end if end >= 0 else len(data)])
            if record is not None and record.id == prediction_id:  # else the row mentions it
                return record
            at = data.find(sign, at + 1)
    return None
