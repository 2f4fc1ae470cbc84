"""Delimited text (CSV): any delimiter, quoted newlines, UTF-8, UTF-16 or Latin-1, compressed or not.

Well-formed blocks are cut by whole-array operations and parsed by Polars; a block with a broken quote is cut record by
record.  Both follow the rules of `ratchet.data.readers.records`, so the rows that come out are the same.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import polars as pl

from ratchet.data.readers.batch import BadRow, Batch, check_columns, cut, without_bad_cells
from ratchet.data.readers.dialect import delimiter_of
from ratchet.data.readers.encoding import utf8_blocks
from ratchet.data.readers.opened import BLOCK, File
from ratchet.data.readers.records import RawRecord, RecordTable, careful_records, table_of
from ratchet.errors import DataError
from ratchet.kinds.cells import called, shown
from ratchet.words import listed

_HEAD = 65_536
_PATIENCE = 64 * 1024 * 1024
"""Bytes after which an open quote is taken for a stray one, unless longer cells are allowed."""
_RECORDS = 50_000
"""Records that are taken apart at once: a block of 8 MiB may hold four million of a letter each, all of them bad."""


def read_csv(file: File, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of a delimited file with a header, every value a text, None where empty.

    Raises `DataError` where the file is empty or names a column twice.  Memory: a few blocks of 8 MiB, and more only
    where one cell is larger.
    """
    reader = _Reader(file, max_cell)
    for block in reader.blocks():
        numbers = np.setdiff1d(np.arange(block.first_row, block.first_row + block.rows), [b.row for b in block.bad])
        frame, long = without_bad_cells(block.frame, numbers, origin=reader.origin, max_cell=max_cell)
        bad = sorted([*block.bad, *long], key=lambda each: each.row)
        yield from cut(frame, bad, first_row=block.first_row, origin=reader.origin, batch_rows=batch_rows)


@dataclass(frozen=True, slots=True)
class _Block:
    """Parsed records: the good ones as a frame, the others located; ``rows`` counts both."""

    frame: pl.DataFrame
    bad: list[BadRow]
    first_row: int
    rows: int


@dataclass(slots=True)
class _Reader:
    file: File
    max_cell: int
    delimiter: int = 0
    names: list[str] = field(default_factory=list)
    row: int = 1

    @property
    def origin(self) -> str:
        return str(self.file)

    def blocks(self) -> Iterator[_Block]:
        texts = utf8_blocks(self.file)
        first = next((text for text in texts if text.strip()), None)
        if first is None:
            raise DataError(f"{self.file} is empty", todo="give a file with a header line and rows")
        if b"\n" not in first and b"\r" in first:  # line ends of old Macintoshes
            first, texts = first.replace(b"\r", b"\n"), (text.replace(b"\r", b"\n") for text in texts)
        body = self._read_header(first)
        for chunk, records in self._chunks(chain([body], texts)):
            parts = _parts(chunk, records) if isinstance(records, RecordTable) else [(chunk, records)]
            for part, some in parts:
                block = self._fast(part, some) if isinstance(some, RecordTable) else self._careful(some)
                self.row += block.rows
                yield block

    def _read_header(self, first: bytes) -> bytes:
        """Learns the delimiter and the columns' names; returns what follows the header."""
        whole = len(first) < BLOCK
        self.delimiter = delimiter_of(first[:_HEAD], whole=whole and len(first) <= _HEAD)
        records = careful_records(first, self.delimiter, final=whole)
        header = next((each for each in records if each.fields or each.wrong), None)
        if header is None or header.wrong:
            raise DataError(f"{self.file} has no readable header line", todo="put the columns' names in its first line")
        self.names = column_names([name.decode("utf-8", "replace") for name in header.fields], str(self.file))
        return first[header.end :]

    def _chunks(self, texts: Iterator[bytes]) -> Iterator[tuple[bytes, RecordTable | list[RawRecord]]]:
        """Complete records, a block at a time: as a table of well-formed ones, or one by one."""
        # ``held`` is what the block before left of a record that goes on: "1,2\n3," and "4\n" give "1,2\n" and "3,4\n".
        # A quote that stays open for more than ``limit`` bytes is taken for a stray one, or its line is passed over.
        limit = max(4 * self.max_cell, _PATIENCE)
        held, skipping = b"", False
        for part in chain(texts, [None]):
            text, final = part, part is None
            if text is not None and skipping:
                line = text.find(b"\n")
                skipping, text = line < 0, text[line + 1 :] if line >= 0 else b""
            held = held + text if text else held
            more = True
            while more:
                table, more = self._table(held, final=final)
                if table is not None and len(table.ends):
                    end = int(table.ends[-1])
                    yield held[:end], table
                    held = held[end:]
                elif table is None or len(held) > limit or final:
                    found = careful_records(held, self.delimiter, final=final, patient=len(held) <= limit)
                    records = list(islice(found, _RECORDS))
                    end = records[-1].end if records else 0
                    more = len(records) == _RECORDS
                    if not records and len(held) > limit:
                        records = [RawRecord([], 0, len(held), f"a row longer than {limit:,} bytes")]
                        end, skipping = len(held), True
                    if records:
                        yield held[:end], records
                    held = held[end:]

    def _table(self, held: bytes, *, final: bool) -> tuple[RecordTable | None, bool]:
        """The records of what is held, or of its first block where that has some; and whether more may be had."""
        # What is held grows beyond a block while a quote is open; once that is passed over, it is all short records.
        if len(held) > 2 * BLOCK:
            table = table_of(held[:BLOCK], self.delimiter, final=False)
            if table is not None and len(table.ends):
                return table, True
        return table_of(held, self.delimiter, final=final), False

    def _fast(self, chunk: bytes, table: RecordTable) -> _Block:
        real = table.widths > 0
        bad_widths = real & (table.widths != len(self.names))
        undecodable = np.zeros(len(real), dtype=bool)
        if not _decodes(chunk):
            starts = table.starts
            for place in np.flatnonzero(real & ~bad_widths):
                undecodable[place] = not _decodes(chunk[starts[place] : table.ends[place]])
        # Blank lines count as no row: records [real, blank, real] of a block that begins with row 7 are rows 7, -, 8.
        rows = np.cumsum(real) - 1 + self.row
        bad = [self._bad_width(int(rows[place]), int(table.widths[place])) for place in np.flatnonzero(bad_widths)]
        for place in np.flatnonzero(undecodable):
            found = chunk[table.starts[place] : table.ends[place]]
            bad.append(self._bad(int(rows[place]), shown(found), "bytes that are not UTF-8"))
        good = real & ~bad_widths & ~undecodable
        if not good.all():
            # Good and bad records of 4 and 2 bytes keep the bytes [1, 1, 1, 1, 0, 0].
            mask = np.repeat(good, np.diff(table.ends, prepend=0))
            chunk = np.frombuffer(chunk, dtype=np.uint8)[: len(mask)][mask].tobytes()
        return _Block(self._parse(chunk), bad, self.row, int(real.sum()))

    def _parse(self, chunk: bytes) -> pl.DataFrame:
        if not chunk:
            return pl.DataFrame(schema=dict.fromkeys(self.names, pl.String))
        frame = pl.read_csv(
            io.BytesIO(chunk if chunk.endswith(b"\n") else chunk + b"\n"),
            has_header=False,
            new_columns=self.names,
            separator=chr(self.delimiter),
            infer_schema=False,
        )
        if b'""' in chunk:  # a quoted nothing is nothing
            frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        return frame

    def _careful(self, records: Sequence[RawRecord]) -> _Block:
        bad: list[BadRow] = []
        good: list[list[str | None]] = []
        row = self.row
        for record in records:
            if not record.fields and not record.wrong:
                continue
            if record.wrong:
                bad.append(self._bad(row, "a broken line", record.wrong))
            elif len(record.fields) != len(self.names):
                bad.append(self._bad_width(row, len(record.fields)))
            elif not all(_decodes(each) for each in record.fields):
                bad.append(self._bad(row, shown(b",".join(record.fields)), "bytes that are not UTF-8"))
            else:
                good.append([each.decode() or None for each in record.fields])
            row += 1
        schema = dict.fromkeys(self.names, pl.String)
        return _Block(pl.DataFrame(good, schema=schema, orient="row"), bad, self.row, row - self.row)

    def _bad_width(self, row: int, width: int) -> BadRow:
        fields = "1 field" if width == 1 else f"{width} fields"
        return self._bad(row, fields, f"a wrong number of fields: the header names {len(self.names)}")

    def _bad(self, row: int, found: str, reason: str) -> BadRow:
        return BadRow(origin=self.origin, row=row, column=None, found=found, reason=reason)


def _parts(chunk: bytes, table: RecordTable) -> Iterator[tuple[bytes, RecordTable]]:
    """A block as blocks of at most `_RECORDS` records."""
    begin = 0
    for start in range(0, len(table.ends), _RECORDS):
        ends, widths = table.ends[start : start + _RECORDS], table.widths[start : start + _RECORDS]
        yield chunk[begin : int(ends[-1])], RecordTable(ends - begin, widths)
        begin = int(ends[-1])


def _decodes(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def column_names(found: Sequence[str], origin: str) -> list[str]:
    """The columns' names, trimmed, ``column_3`` where one has none; raises `DataError` where one occurs twice."""
    check_columns(len(found), origin)
    names = [name.strip() or f"column_{place}" for place, name in enumerate(found, start=1)]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        what = "a column" if len(twice) == 1 else "columns"
        raise DataError(
            f"{origin} names {what} more than once: {listed(map(called, twice))}",
            todo="rename or drop the repeated ones, since a value must have one place",
        )
    return names
