"""One way in for every table."""

from __future__ import annotations

from collections.abc import Iterator

from ratchet.data.readers.batch import Batch
from ratchet.data.readers.csv import read_csv
from ratchet.data.readers.files import files_of, format_of
from ratchet.data.readers.frames import Table, read_table
from ratchet.data.readers.jsonl import read_jsonl
from ratchet.data.readers.opened import File
from ratchet.data.readers.parquet import read_parquet
from ratchet.data.readers.source import Readable
from ratchet.data.readers.sql import is_sql, origin_of_sql, read_sql

_READERS = {"csv": read_csv, "jsonl": read_jsonl, "parquet": read_parquet}


def read(source: Readable, *, batch_rows: int = 50_000, max_cell: int = 10_000_000) -> Iterator[Batch]:
    """The rows of a source, streamed: a file, a folder, a pattern, a table or query of a database, or a frame.

    CSV values come as texts, None where empty; Parquet, JSON lines, SQL and frames come typed.  Bad rows (a wrong
    number of fields, broken JSON, undecodable bytes, a NUL, a cell of more than ``max_cell`` characters) are set aside,
    located.
    Raises `DataError` where a source cannot be read at all.
    """
    if isinstance(source, Table):
        yield from read_table(source, batch_rows=batch_rows, max_cell=max_cell)
        return
    if isinstance(source, str) and is_sql(source):
        yield from read_sql(source, batch_rows=batch_rows, max_cell=max_cell)
        return
    for file in [source] if isinstance(source, File) else map(File, files_of(source)):
        yield from _READERS[format_of(file)](file, batch_rows=batch_rows, max_cell=max_cell)


def origin_of(source: Readable) -> str:
    """A source as it may be shown and kept: without the password of a database; the library of a frame."""
    if isinstance(source, Table):
        return source.origin
    if isinstance(source, File):
        return str(source)
    return origin_of_sql(source) if is_sql(source) else source
