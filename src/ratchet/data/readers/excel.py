"""Excel workbooks (``.xlsx``, ``.xlsm``): one sheet, row by row, by openpyxl (extra ``excel``)."""

from __future__ import annotations

import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
import polars as pl

from ratchet.data.readers.batch import Batch, check_columns, cut, without_bad_cells
from ratchet.data.readers.csv import column_names
from ratchet.data.readers.opened import File
from ratchet.data.readers.values import series_of
from ratchet.errors import DataError, MissingExtraError
from ratchet.words import listed

_MOST_UNPACKED = 1024 * 1024 * 1024
"""What a workbook may unpack to: a million rows, which is the most that a sheet may have, take a tenth of it."""
_MOST_TEXTS = 128 * 1024 * 1024
"""What its table of texts may unpack to, which is held in memory whole, in several times that size."""
_TEXTS = "sharedStrings.xml"
_ROWS = 10_000
_PIECE = 1024 * 1024
_LENGTHS_AT = 26
"""Where the head of a part in a zip has the lengths of its name and of its extra field, between it and the content."""
_DAMAGE = (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, SyntaxError, OSError, EOFError)
"""What openpyxl raises where a workbook is not what it should be: it looks no further than it must."""


def read_excel(file: File, *, batch_rows: int, max_cell: int, sheet: str = "") -> Iterator[Batch]:
    """The rows of a sheet whose first row that is not empty names the columns; the first sheet with rows by default.

    Formulas come as the values that were last computed.  Raises `DataError` where it is no whole workbook, has no such
    sheet, or unpacks to more than is read; `MissingExtraError` without openpyxl.
    """
    try:
        import openpyxl
    except ModuleNotFoundError:
        raise MissingExtraError("reading Excel workbooks", "excel") from None
    _check_size(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that it does not know
            book = openpyxl.load_workbook(file.path, read_only=True, data_only=True)
            yield from _batches(file, _chosen(file, book, sheet), batch_rows, max_cell)
            book.close()
    except _DAMAGE as error:
        raise DataError(
            f"{file} is not a whole Excel workbook: {(str(error) or 'it is damaged').splitlines()[0][:200]}",
            todo="open it and save it again as .xlsx, or save the sheet as CSV",
        ) from None


def _batches(file: File, rows: Iterator[Sequence[Any]], batch_rows: int, max_cell: int) -> Iterator[Batch]:
    header = next(rows)
    width = max(place for place, name in enumerate(header, start=1) if name is not None)
    check_columns(width, str(file))
    names = column_names(["" if name is None else str(name) for name in header[:width]], str(file))
    first = 1
    while some := list(islice(rows, min(_ROWS, batch_rows))):
        cells = [[*row[:width], *[None] * (width - len(row))] for row in some]
        frame = pl.DataFrame([series_of(name, [row[at] for row in cells]) for at, name in enumerate(names)])
        numbers = np.arange(first, first + len(some))
        good, bad = without_bad_cells(frame, numbers, origin=str(file), max_cell=max_cell)
        yield from cut(good, bad, first_row=first, origin=str(file), batch_rows=batch_rows)
        first += len(some)
    if first == 1:
        raise DataError(f"{file} has no rows below its header", todo="give a sheet with rows")


def _chosen(file: File, book: Any, sheet: str) -> Iterator[Sequence[Any]]:
    """The rows that are not empty, from the header on, of the sheet of a name, or else of the first that has any."""
    names = [each.title for each in book.worksheets]
    if sheet and sheet not in names:
        raise DataError(
            f"{file} has no sheet '{sheet}'; it has {listed(names, 20)}", todo="check the name behind ?sheet="
        )
    for each in book.worksheets:
        if sheet in {"", each.title}:
            rows = (row for row in each.iter_rows(values_only=True) if any(cell is not None for cell in row))
            if (header := next(rows, None)) is not None:
                yield header
                yield from rows
                return
    raise DataError(
        f"{file} has no rows" + (f" in its sheet '{sheet}'" if sheet else ""), todo="give a sheet with rows"
    )


def _check_size(file: File) -> None:
    """Told from the archive's own list, and then by unpacking a little at a time: a list may say less than there is."""
    try:
        with zipfile.ZipFile(file.path) as archive, file.path.open("rb") as content:
            parts = archive.infolist()
            _refuse_large(file, parts)
            if lying := next((each for each in parts if not _is_honest(content, each)), None):
                raise zipfile.BadZipFile(f"its part {lying.filename[:200]!r} is not what its list says")
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"{file} is not a whole Excel workbook: {error}", todo="copy it again, or save the sheet as CSV"
        ) from None


def _refuse_large(file: File, parts: Sequence[zipfile.ZipInfo]) -> None:
    whole = sum(each.file_size for each in parts)
    texts = sum(each.file_size for each in parts if each.filename.endswith(_TEXTS))
    if whole > _MOST_UNPACKED or texts > _MOST_TEXTS:
        raise DataError(
            f"{file} unpacks to {whole:,} bytes; at most {_MOST_UNPACKED:,} are read of a workbook, "
            f"{_MOST_TEXTS:,} of them texts",
            todo="save the sheet as CSV or Parquet, and give that",
        )


def _is_honest(content: BinaryIO, part: zipfile.ZipInfo) -> bool:
    """Whether a part unpacks to as much as the list says: `zipfile` would unpack all of it, and then cut it there."""
    if part.compress_type == zipfile.ZIP_STORED:
        return part.compress_size == part.file_size
    if part.compress_type != zipfile.ZIP_DEFLATED:  # nobody writes a workbook so
        return False
    content.seek(part.header_offset + _LENGTHS_AT)
    content.seek(sum(struct.unpack("<HH", content.read(4))), os.SEEK_CUR)
    inflating, left, found = zlib.decompressobj(-zlib.MAX_WBITS), part.compress_size, 0
    while not inflating.eof and found <= part.file_size:
        packed = inflating.unconsumed_tail or content.read(min(left, _PIECE))
        if not packed:
            break
        left -= 0 if inflating.unconsumed_tail else len(packed)
        found += len(inflating.decompress(packed, _PIECE))
    return found == part.file_size
