"""JSON lines: an object a line, compressed or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl

from ratchet import documents
from ratchet.arrays import Ints
from ratchet.data.readers.batch import BadRow, Batch, check_columns, cut, without_bad_cells
from ratchet.data.readers.opened import File, blocks, opened
from ratchet.data.readers.values import series_of
from ratchet.errors import DataError
from ratchet.kinds.cells import shown

_read_rows = documents.reader(list[dict[str, Any]])
_read_row = documents.reader(dict[str, Any])
_PATIENCE = 64 * 1024 * 1024
_BATCH_BYTES = 8 * 1024 * 1024
"""JSON that is read at once: as values of Python it takes up to thirty times as much."""
_MOST_VALUES = 1_000_000
"""The commas and brackets of one row: each may be a value, and one row is read as a whole."""
_DEEPEST = 100
"""Lists and objects in each other: no table needs more, and every step that handles a value goes as deep."""
_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_MOST_CELLS = 4_000_000
"""The cells of one batch, most of them absent where each row has keys of its own."""


def read_jsonl(file: File, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of a file of JSON objects, typed; a key that an object lacks is None there.

    A column is known from the first batch on in which it occurs.  Raises `DataError` where the file is empty or one
    JSON array.
    """
    origin, columns, row = str(file), dict[str, None](), 1
    for lines in _batches_of_lines(file, batch_rows, max(4 * max_cell, _PATIENCE)):
        if row == 1 and lines and lines[0].lstrip().startswith(b"["):
            raise DataError(f"{file} is one JSON array, not an object a line", todo="jq -c '.[]' FILE > rows.jsonl")
        rows, bad = _decoded(lines, row, origin)
        for each in rows:
            columns.update(dict.fromkeys(each))
        check_columns(len(columns), origin)
        numbers = np.setdiff1d(np.arange(row, row + len(lines)), [each.row for each in bad])
        yield from _batches(rows, numbers, bad, list(columns), row, origin, batch_rows, max_cell)
        row += len(lines)
    if row == 1:
        raise DataError(f"{file} is empty", todo="give a file with a JSON object on each line")


def _batches(
    rows: Sequence[dict[str, Any]],
    numbers: Ints,
    bad: Sequence[BadRow],
    columns: Sequence[str],
    first: int,
    origin: str,
    batch_rows: int,
    max_cell: int,
) -> Iterator[Batch]:
    """Decoded rows with their numbers as batches, each with the bad rows that stand before its end."""
    step = max(1, _MOST_CELLS // max(1, len(columns)))
    for start in range(0, max(1, len(rows)), step):
        part, places = rows[start : start + step], numbers[start : start + step]
        last = start + step >= len(rows)
        end = first + len(numbers) + len(bad) if last else int(numbers[start + step])
        frame = _frame(part, columns)
        frame, long = without_bad_cells(frame, places, origin=origin, max_cell=max_cell)
        among = [*(each for each in bad if first <= each.row < end), *long]
        among.sort(key=lambda each: each.row)
        yield from cut(frame, among, first_row=first, origin=origin, batch_rows=batch_rows)
        first = end


def _frame(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> pl.DataFrame:
    present = {name for row in rows for name in row}
    absent = pl.repeat(None, len(rows), dtype=pl.String, eager=True)
    return pl.DataFrame(
        [
            series_of(name, [row.get(name) for row in rows]) if name in present else absent.alias(name)
            for name in columns
        ]
    )


def _batches_of_lines(file: File, batch_rows: int, limit: int) -> Iterator[list[bytes]]:
    """Lines that are not blank, by the batch; of a line longer than ``limit`` bytes only its start is kept."""
    held: list[bytes] = []
    size = 0
    for line in _lines(file, limit):
        if line.strip():
            held.append(line)
            size += len(line)
        if len(held) >= batch_rows or size >= _BATCH_BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def _lines(file: File, limit: int) -> Iterator[bytes]:
    rest = b""
    with opened(file) as content:
        for number, block in enumerate(blocks(content)):
            *whole, rest = (rest + (block.removeprefix(b"\xef\xbb\xbf") if number == 0 else block)).split(b"\n")
            rest = rest[:limit]
            yield from whole
    yield rest


def _decoded(lines: Sequence[bytes], first: int, origin: str) -> tuple[list[dict[str, Any]], list[BadRow]]:
    wrong = [_wrong(line) for line in lines]
    try:
        if not any(wrong):
            return _read_rows(b"[" + b",".join(lines) + b"]"), []
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # some line is broken: find out which
    rows: list[dict[str, Any]] = []
    bad: list[BadRow] = []
    for number, (line, why) in enumerate(zip(lines, wrong, strict=True), start=first):
        try:
            if why:
                raise msgspec.DecodeError(why)
            rows.append(_read_row(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = f"not a JSON object that can be read: {error}"
            bad.append(BadRow(origin=origin, row=number, column=None, found=shown(line), reason=reason))
    return rows, bad


def _wrong(line: bytes) -> str | None:
    """Why a line is not even tried: what it would become takes too much memory, or too deep a stack."""
    if len(line) > _MOST_VALUES and sum(line.count(mark) for mark in (b",", b"[", b"{")) > _MOST_VALUES:
        return f"it has more than {_MOST_VALUES:,} commas and brackets"
    if line.count(b"[") + line.count(b"{") > _DEEPEST and _depth(line) > _DEEPEST:
        return f"it is nested more than {_DEEPEST} deep"
    return None


def _depth(line: bytes) -> int:
    """How many brackets are open at once, those within texts apart."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(line):
        mark = found[0]
        if mark in b"[{":
            depth += 1
            deepest = max(depth, deepest)
        elif mark in b"]}":
            depth -= 1
    return deepest
