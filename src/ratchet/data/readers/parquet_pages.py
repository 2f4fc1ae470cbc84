"""How much a Parquet file unpacks to, told from its footer and the headers of its pages before any page is unpacked.

A few kilobytes may unpack to gigabytes: by compression, by runs of equal values, by lists.  What a chunk of a column
says of its size in the footer counts neither runs nor dictionaries, so each page is asked.
Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from ratchet.arrays import Floats64
from ratchet.data.readers.arrow_messages import check_schema
from ratchet.data.readers.batch import check_columns, check_depth
from ratchet.data.readers.opened import File
from ratchet.data.readers.thrift import Compact, Struct
from ratchet.errors import DataError

MOST_PAGE = 256 * 1024 * 1024
"""The bytes that one page may unpack to, which is the least that can be unpacked at once; usual are 1 MB."""
MOST_LISTED = 16_000_000
"""The values that a column of lists may hold in one row group: Polars unpacks them together, at some 20 bytes each."""
_FOOTER = 64 * 1024 * 1024
_HEADER = 4 * 1024
"""A page's header takes some dozen bytes, more only where its statistics hold long values of the column."""
_MOST_PAGES = 1_000_000
"""A terabyte of the usual pages: more are there to keep a reader busy."""
_CELL = 16
"""Bytes that a value of a run or a dictionary takes once it is unpacked: the largest that Polars has for one."""
_REPEATED = 2
_ARROW = b"ARROW:schema"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """The rows of a file, and about how many bytes all rows before ``bounds`` unpack to, linear in between."""

    rows: int
    bounds: Floats64
    sizes: Floats64

    def slices(self, most_rows: int, most_bytes: int) -> Iterator[tuple[int, int]]:
        """Consecutive slices (start, length) of at most ``most_rows`` rows and about ``most_bytes``."""
        # Rows 0 to 100 take 1,000 bytes and rows 100 to 110 another 1,000: by 500 bytes slices begin at the rows
        # 0, 50, 100, 105, as linear interpolation finds them.
        start = 0
        while start < self.rows:
            before = np.interp(start, self.bounds, self.sizes)
            end = int(np.interp(before + most_bytes, self.sizes, self.bounds))
            end = max(start + 1, min(end, start + most_rows, self.rows))
            yield start, end - start
            start = end


@dataclass(frozen=True, slots=True)
class _Page:
    values: int
    unpacked: int


def unpacked_size(file: File) -> Unpacked:
    """What a file unpacks to; raises `DataError` for a bomb, too many columns or too deep ones.

    Raises ValueError for no Parquet file.
    """
    try:
        with file.path.open("rb") as content:
            return _unpacked(content, str(file))
    except (AttributeError, TypeError):
        raise ValueError("its footer is of another form") from None


def _unpacked(content: BinaryIO, origin: str) -> Unpacked:
    footer = _footer(content)
    nested = _columns(footer, origin)
    _check_kept(footer, origin)
    rows, bounds, sizes = 0, [np.zeros(1)], [np.zeros(1)]
    allowed = iter(range(_MOST_PAGES))
    for group in footer.get(4, ()):
        height = _count(group, 3)
        chunks = [list(_pages(content, chunk.get(3, {}), allowed)) for chunk in group.get(1, ())]
        for name, pages in zip(nested, chunks, strict=True):
            _check(origin, name, pages, listed=nested[name])
        found, size = _together(height, chunks, list(nested.values()))
        bounds.append(rows + found)
        sizes.append(sizes[-1][-1] + size)
        rows += height
    return Unpacked(rows=rows, bounds=np.concatenate(bounds), sizes=np.concatenate(sizes))


def _together(height: int, chunks: list[list[_Page]], nested: list[bool]) -> tuple[Floats64, Floats64]:
    """At which rows of a row group pages end, and how many bytes all its columns together unpack to until there."""
    # A column with pages of 3 and 1 rows and 90 and 10 bytes has 90 bytes before row 3 and 100 before row 4; one with a
    # single page of 4 rows and 40 bytes has 30 and 40 there, so together they are 120 and 140.
    bounds = np.array([height], dtype=np.float64)
    curves: list[tuple[Floats64, Floats64]] = []
    for pages, listed in zip(chunks, nested, strict=True):
        size = np.cumsum([page.unpacked + _CELL * page.values for page in pages], dtype=np.float64)
        ends = np.cumsum([page.values for page in pages], dtype=np.float64)
        if listed or not len(ends) or ends[-1] != height:  # values are no rows there: spread evenly
            ends, size = np.array([float(height)]), size[-1:] if len(size) else np.zeros(1)
        curves.append((np.append(0, ends), np.append(0.0, size)))
        bounds = np.union1d(bounds, ends[ends > 0])
    total = sum((np.interp(bounds, ends, size) for ends, size in curves), np.zeros(len(bounds)))
    return bounds, total


def _check(origin: str, name: str, pages: list[_Page], *, listed: bool) -> None:
    values = sum(page.values for page in pages)
    if listed and values > MOST_LISTED:
        raise DataError(
            f"{origin} has {values:,} values in the lists of the column '{name}' in one row group; at most "
            f"{MOST_LISTED:,} are unpacked at once",
            todo="leave the column out, or write the file again with fewer rows in each row group (row_group_size=...)",
        )
    largest = max((page.unpacked for page in pages), default=0)
    if largest > MOST_PAGE:
        raise DataError(
            f"{origin} has a page of {largest:,} bytes in the column '{name}', once unpacked; at most {MOST_PAGE:,} "
            "are unpacked at once",
            todo="write it again with pages of about a megabyte, as writers do by themselves",
        )


def _footer(file: BinaryIO) -> Struct:
    end = file.seek(0, 2)
    file.seek(max(0, end - 8))
    tail = file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or length > min(_FOOTER, end - 8):
        raise ValueError("it has no footer")
    file.seek(end - 8 - length)
    return Compact(file.read(length)).struct({2, 3, 4, 5})


def _columns(footer: Struct, origin: str) -> dict[str, bool]:
    """The leaves of the schema, and whether each lies in a list; a leaf has no children."""
    leaves: dict[str, bool] = {}
    ends: list[tuple[int, bool, str, int]] = []  # of each element around: its children to come, in a list?, name, level
    for element in footer.get(2, ())[1:]:
        listed, name = element.get(3) == _REPEATED, element.get(4, b"").decode("utf-8", "replace")
        level = 0
        if ends:
            left, inside, outer, level = ends.pop()
            listed, name = listed or inside, f"{outer}.{name}"
            ends += [(left - 1, inside, outer, level)] if left > 1 else []
        check_depth(level, origin)
        if children := element.get(5, 0):
            ends.append((children, listed, name, level + 1))
        else:
            leaves[name] = listed
    check_columns(len(leaves), origin)
    return leaves


def _check_kept(footer: Struct, origin: str) -> None:
    """Raises like `_columns` for the schema that writers of Arrow keep beside the file's own: Polars reads it too."""
    for each in footer.get(5, ()):
        if each.get(1) == _ARROW:
            check_schema(b64decode(each.get(2, b"")), origin)


def _pages(file: BinaryIO, chunk: Struct, allowed: Iterator[int]) -> Iterator[_Page]:
    """The pages of one column in one row group, without reading what is in them."""
    place = min(_count(chunk, 9), chunk.get(11) or _count(chunk, 9))
    end = place + _count(chunk, 7)
    while place < end:
        if next(allowed, None) is None:
            raise ValueError(f"it has more than {_MOST_PAGES:,} pages")
        header, size = _header(file, place)
        body = header.get(5) or header.get(8)
        yield _Page(values=_count(body, 1) if body else 0, unpacked=_count(header, 2))
        place += size + _count(header, 3)


def _header(file: BinaryIO, place: int) -> tuple[Struct, int]:
    """The header of the page at ``place``, and its length."""
    for most in (_HEADER, _FOOTER):
        file.seek(place)
        reader = Compact(file.read(most))
        with suppress(ValueError):
            return reader.struct({2, 3, 5, 8}), reader.place
    raise ValueError("a page has no header")


def _count(struct: Struct, number: int) -> int:
    value = struct.get(number)
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("a number is missing")
    return value
