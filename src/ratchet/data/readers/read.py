"""One way in for every table."""

from __future__ import annotations

from collections.abc import Iterator

from ratchet.data.readers.batch import Batch
from ratchet.data.readers.csv import read_csv
from ratchet.data.readers.files import files_of, format_of
from ratchet.data.readers.jsonl import read_jsonl
from ratchet.data.readers.opened import File
from ratchet.data.readers.parquet import read_parquet
from ratchet.data.readers.sql import is_sql, origin_of_sql, read_sql

_READERS = {"csv": read_csv, "jsonl": read_jsonl, "parquet": read_parquet}


def read(source: str, *, batch_rows: int = 50_000, max_cell: int = 10_000_000, origin: str = "") -> Iterator[Batch]:
    """The rows of a source, streamed: a file, a folder, a pattern, or a table or query of a database.

    CSV values come as texts, None where empty; Parquet, JSON lines and SQL come typed.  Bad rows (a wrong number of
    fields, broken JSON, undecodable bytes, a NUL, a cell of more than ``max_cell`` characters) are set aside, located.
    ``origin`` is what messages call a file whose path says nothing to those who gave its content.
    Raises `DataError` where a source cannot be read at all.
    """
    if is_sql(source):
        yield from read_sql(source, batch_rows=batch_rows, max_cell=max_cell)
        return
    for path in files_of(source):
        file = File(path, origin)
        yield from _READERS[format_of(file)](file, batch_rows=batch_rows, max_cell=max_cell)


def origin_of(source: str) -> str:
    """A source as it may be shown and kept: without the password of a database."""
    return origin_of_sql(source) if is_sql(source) else source
