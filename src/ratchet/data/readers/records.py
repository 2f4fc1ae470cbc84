"""Delimited bytes cut into records, strictly by RFC 4180 and fast, or carefully, to find what is broken.

A quoted field must be followed by a delimiter or the end of its line; where it is not, or where a quote is never
closed, that one line is bad and the next line starts afresh, so that one stray quote does not swallow a file.
A quote inside a field that does not start with one is an ordinary character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Ints

UNCLOSED = "a quote that is never closed"
_QUOTE, _LINE, _RETURN = 0x22, 0x0A, 0x0D


@dataclass(frozen=True, slots=True)
class RecordTable:
    """Where the records of a well-formed block end, and how many fields each has (0: a blank line)."""

    ends: Ints
    widths: Ints

    @property
    def starts(self) -> Ints:
        """Where each record starts."""
        return np.concatenate(([0], self.ends[:-1])).astype(np.int64)


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record: its fields (empty for a blank line), where its bytes lie, and what is wrong with it, if anything."""

    fields: list[bytes]
    start: int
    end: int
    wrong: str | None = None


def table_of(block: bytes, delimiter: int, *, final: bool) -> RecordTable | None:
    """The complete records of a block that starts at a record's start; None where it is not well-formed.

    That is: a quote stands where none may, or a carriage return outside quotes ends no line.

    ``final`` says that nothing follows, so that the last record needs no line end.
    """
    # In `a,"b,c"` with a line end the quotes stand at 2 and 6, so from 2 to 5 their count is odd: inside quotes.
    # Counted in one byte, since only the parity is asked, which wrapping round at 256 leaves as it is.
    array = np.frombuffer(block, dtype=np.uint8)
    breaks, delimiters, returns = array == _LINE, array == delimiter, array == _RETURN
    quotes = np.flatnonzero(array == _QUOTE)
    if len(quotes):
        inside = np.cumsum(array == _QUOTE, dtype=np.uint8) & 1
        breaks &= inside == 0
        delimiters &= inside == 0
        returns &= inside == 0
    ends = np.flatnonzero(breaks) + 1
    if final and len(block) and (not len(ends) or ends[-1] < len(block)):
        ends = np.append(ends, len(block))
    last = int(ends[-1]) if len(ends) else 0
    if len(quotes) and not _well_formed(array, quotes, delimiter, last=last, final=final):
        return None
    lone = np.flatnonzero(returns[:last])
    if len(lone) and (array[np.minimum(lone + 1, len(array) - 1)] != _LINE).any():
        return None  # Polars takes some carriage returns for line ends
    # Delimiters at [1, 4, 6] and records that end at [3, 8]: 1 and 3 stand before them, so 1 and 2 are in them, which
    # makes 2 and 3 fields.  A line of nothing but its end has none.
    before = np.searchsorted(np.flatnonzero(delimiters), ends)
    widths = np.diff(before, prepend=0) + 1
    lengths = np.diff(ends, prepend=0)
    one, two = np.flatnonzero(lengths == 1), np.flatnonzero(lengths == 2)
    widths[one[np.isin(array[ends[one] - 1], (_LINE, _RETURN))]] = 0
    widths[two[(array[ends[two] - 2] == _RETURN) & (array[ends[two] - 1] == _LINE)]] = 0
    return RecordTable(ends.astype(np.int64), widths.astype(np.int64))


def _well_formed(
    array: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], delimiter: int, *, last: int, final: bool
) -> bool:
    """Whether each quote before ``last`` opens a field, closes one, or is half of a doubled one."""
    if not final and len(quotes) % 2 and last == 0:
        return True  # one long record that has not ended yet
    quotes = quotes[quotes < last]
    if len(quotes) % 2:
        return False
    # Quotes open and close in turn; in "x""y" the doubled one closes and opens again, so a quote may stand beside one.
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[np.maximum(opening - 1, 0)]
    opens = (opening == 0) | (before == delimiter) | (before == _LINE) | (before == _QUOTE)
    after = array[np.minimum(closing + 1, len(array) - 1)]
    beyond = array[np.minimum(closing + 2, len(array) - 1)]
    returns = (after == _RETURN) & ((beyond == _LINE) | (closing + 2 >= len(array)))
    closes = (closing + 1 >= len(array)) | (after == delimiter) | (after == _LINE) | (after == _QUOTE) | returns
    return bool(opens.all() and closes.all())


def careful_records(block: bytes, delimiter: int, *, final: bool, patient: bool = True) -> Iterator[RawRecord]:
    """The complete records of a block one by one, broken ones among them; stops before one that may go on.

    A quote that is still open at the block's end may be closed later, which is waited for, unless not ``patient``.
    """
    follows, plain = _patterns(delimiter)
    start = 0
    while start < len(block):
        record = _record(block, start, delimiter, follows, plain)
        if not final and record.end == len(block) and block[-1] != _LINE:
            return
        if not final and patient and record.wrong == UNCLOSED:
            return
        yield record
        start = record.end


def _record(
    block: bytes, start: int, delimiter: int, follows: re.Pattern[bytes], plain: re.Pattern[bytes]
) -> RawRecord:
    fields: list[bytes] = []
    place = start
    while True:
        if block[place : place + 1] == b'"':
            closing = _closing(block, place)
            if closing < 0 or not follows.match(block, closing + 1):
                return _broken(block, start, place, UNCLOSED if closing < 0 else "text behind a closing quote")
            fields.append(block[place + 1 : closing].replace(b'""', b'"'))
            place = closing + 1
        else:
            match = plain.match(block, place)
            assert match is not None
            fields.append(match[0])
            place = match.end()
        if block[place : place + 1] == bytes([delimiter]):
            place += 1
            continue
        break
    if place < len(block) and block[place] == _RETURN:
        place += 1
    blank = fields == [b""] and block[start : start + 1] != b'"'
    return RawRecord([] if blank else fields, start, min(place + 1, len(block)))


def _closing(block: bytes, place: int) -> int:
    """Where the quote stands that closes the field which one at ``place`` opens; -1 where none does.

    Found and not matched: a pattern that fails on megabytes holds up every other thread of the process for seconds.
    """
    found = block.find(b'"', place + 1)
    while found >= 0 and block[found + 1 : found + 2] == b'"':
        found = block.find(b'"', found + 2)
    return found


def _broken(block: bytes, start: int, place: int, wrong: str) -> RawRecord:
    """A record whose field at ``place`` is ill quoted; it ends with the line on which that field starts."""
    line = block.find(b"\n", place)
    return RawRecord([], start, len(block) if line < 0 else line + 1, wrong)


@lru_cache(maxsize=16)
def _patterns(delimiter: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    mark = re.escape(bytes([delimiter]))
    return (
        re.compile(mark + rb"|\r?\n|\r?\Z"),
        re.compile(rb"[^\n\r" + mark + rb"]*(?:\r(?!\n|\Z)[^\n\r" + mark + rb"]*)*"),
    )
