"""Arrow files (Feather) and streams."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import polars as pl

from ratchet.data.readers.arrow_messages import BATCH, END, FILE_MARK, MOST_BATCH, Message, batches_of_file, messages
from ratchet.data.readers.batch import Batch, check_columns, cut, without_bad_cells
from ratchet.data.readers.opened import File, opened
from ratchet.errors import DataError


def read_arrow(file: File, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of an Arrow file or stream, typed as there, a record batch at a time.

    Raises `DataError` where the file is not whole, or one record batch unpacks to more than is read at once.
    """
    origin, row = str(file), 1
    try:
        for frame in _frames(file):
            check_columns(frame.width, origin)
            numbers = np.arange(row, row + frame.height)
            good, bad = without_bad_cells(frame, numbers, origin=origin, max_cell=max_cell)
            yield from cut(good, bad, first_row=row, origin=origin, batch_rows=batch_rows)
            row += frame.height
    except OverflowError as error:
        raise DataError(
            f"{file} has a record batch of {int(error.args[0]):,} bytes, once unpacked; at most {MOST_BATCH:,} are "
            "read at once",
            todo="write it again in smaller record batches (record_batch_size=50_000), or as Parquet",
        ) from None
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise DataError(
            f"{file} is not a whole Arrow file: {str(error).splitlines()[0][:200]}",
            todo="it may have been cut short on its way: copy or write it again",
        ) from None
    if row == 1:
        raise DataError(f"{file} has no rows", todo="give a table with rows")


def _frames(file: File) -> Iterator[pl.DataFrame]:
    with opened(file) as content:
        if content.read(len(FILE_MARK)) == FILE_MARK:
            table, start = pl.scan_ipc(file.path, glob=False), 0
            for rows in batches_of_file(content, str(file)):
                yield table.slice(start, rows).collect()
                start += rows
            return
    yield from _of_stream(file)


def _of_stream(file: File) -> Iterator[pl.DataFrame]:
    """Each record batch as a stream of its own: the schema and the dictionaries so far, the batch, the end."""
    before: list[Message] = []
    with opened(file) as content:
        for message in messages(content, str(file)):
            if message.kind == BATCH:
                alone = b"".join([*(each.content for each in before), message.content, END])
                yield pl.read_ipc_stream(io.BytesIO(alone))
            else:
                before.append(message)
                kept = sum(each.unpacked for each in before)
                if kept > MOST_BATCH:
                    raise OverflowError(kept)
