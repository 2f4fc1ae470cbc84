"""JSON lines: an object a line, compressed or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from ratchet import documents
from ratchet.data.readers.batch import BadRow, Batch, cut, without_bad_cells
from ratchet.data.readers.opened import blocks, opened
from ratchet.data.readers.values import series_of
from ratchet.errors import DataError
from ratchet.kinds.cells import shown

_read_rows = documents.reader(list[dict[str, Any]])
_read_row = documents.reader(dict[str, Any])
_PATIENCE = 64 * 1024 * 1024
_BATCH_BYTES = 32 * 1024 * 1024


def read_jsonl(path: Path, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of a file of JSON objects, typed; a key that an object lacks is None there.

    A column is known from the first batch on in which it occurs.  Raises `DataError` where the file is empty or one
    JSON array.
    """
    origin, columns, row = str(path), dict[str, None](), 1
    for lines in _batches_of_lines(path, batch_rows, max(4 * max_cell, _PATIENCE)):
        if row == 1 and lines and lines[0].lstrip().startswith(b"["):
            raise DataError(f"{path} is one JSON array, not an object a line", todo=f"jq -c '.[]' {path} > rows.jsonl")
        rows, bad = _decoded(lines, row, origin)
        for each in rows:
            columns.update(dict.fromkeys(each))
        frame = pl.DataFrame([series_of(name, [each.get(name) for each in rows]) for name in columns])
        numbers = np.setdiff1d(np.arange(row, row + len(lines)), [each.row for each in bad])
        frame, long = without_bad_cells(frame, numbers, origin=origin, max_cell=max_cell)
        bad = sorted([*bad, *long], key=lambda each: each.row)
        yield from cut(frame, bad, first_row=row, origin=origin, batch_rows=batch_rows)
        row += len(lines)
    if row == 1:
        raise DataError(f"{path} is empty", todo="give a file with a JSON object on each line")


def _batches_of_lines(path: Path, batch_rows: int, limit: int) -> Iterator[list[bytes]]:
    """Lines that are not blank, by the batch; of a line longer than ``limit`` bytes only its start is kept."""
    held: list[bytes] = []
    rest, size = b"", 0
    with opened(path) as file:
        for number, block in enumerate(blocks(file)):
            lines = (rest + (block.removeprefix(b"\xef\xbb\xbf") if number == 0 else block)).split(b"\n")
            rest, size = lines.pop()[:limit], size + len(block)
            held += [line for line in lines if line.strip()]
            while len(held) >= batch_rows or (held and size >= _BATCH_BYTES):
                yield held[:batch_rows]
                held, size = held[batch_rows:], 0
    if rest.strip():
        held.append(rest)
    if held:
        yield held


def _decoded(lines: Sequence[bytes], first: int, origin: str) -> tuple[list[dict[str, Any]], list[BadRow]]:
    try:
        return _read_rows(b"[" + b",".join(lines) + b"]"), []
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # some line is broken: find out which
    rows: list[dict[str, Any]] = []
    bad: list[BadRow] = []
    for number, line in enumerate(lines, start=first):
        try:
            rows.append(_read_row(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = f"not a JSON object: {error}"
            bad.append(BadRow(origin=origin, row=number, column=None, found=shown(line), reason=reason))
    return rows, bad
