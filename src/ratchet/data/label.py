"""What is said where no column was named to learn."""

from __future__ import annotations

from ratchet.data.conform import named
from ratchet.data.readers.read import origin_of, read
from ratchet.data.readers.source import Readable
from ratchet.errors import DataError
from ratchet.kinds.cells import called


def no_label(source: Readable) -> DataError:
    """The columns of a table, one of which has to be named; raises `DataError` where it cannot be read."""
    columns = next((batch.frame.columns for batch in read(source, batch_rows=1_000)), [])
    return DataError(
        f"no column of {origin_of(source)} was named to learn; it has {named(map(called, columns)) or 'none'}",
        todo="name the one to be told from the others: --label COLUMN",
    )
