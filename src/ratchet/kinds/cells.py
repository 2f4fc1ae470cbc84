"""Single cells: how a value of any type is written as text, and how it is shown to a reader."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from typing import Any

import msgspec

WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.0+")
_MOST_BITS = 10_000
"""Larger whole numbers are written to the base 16: to the base 10, Python writes no more than 4,300 digits."""


def text_of(value: Any) -> str | None:
    """The text of a value, the same whichever file format it came from; None where there is none.

    Whole numbers are written without a decimal point, so that ``1``, ``1.0`` and ``"1"`` are one category; lists and
    mappings become JSON.

    >>> text_of(1.0), text_of(True), text_of(""), text_of([1, "a"])
    ('1', 'true', None, '[1,"a"]')
    """
    if isinstance(value, dict | list | tuple):
        return msgspec.json.encode(value, enc_hook=str).decode()
    return text_of_one(value)


def text_of_one(value: Any) -> str | None:
    """`text_of` for a single value, which is no list and no mapping."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _text_of_float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return hex(value)
    return str(value)


def name_of(text: str) -> str:
    """A text as the name of a value: a whole number that a file writes with a decimal point, as `text_of` writes it.

    >>> name_of("3.0"), name_of("-0.00"), name_of("3.10"), name_of("03.0")
    ('3', '0', '3.10', '03.0')
    """
    if ".0" not in text or WHOLE.fullmatch(text) is None:
        return text
    return text.partition(".")[0].replace("-0", "0")


def _text_of_float(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def called(name: str, width: int = 60) -> str:
    r"""A column's name as a message says it: as it is, or escaped and cut where it cannot be printed or is long.

    >>> called("age"), called("a\x1b[2Jb"), called("x" * 100, 12)
    ('age', 'a\\x1b[2Jb', 'xxxxxxx...')
    """
    return name if name.isprintable() and len(name) <= width else shown(name, width)[1:-1]


def shown(value: Any, width: int = 80) -> str:
    """A value as a message shows it: quoted, on one line, and never longer than ``width``.

    >>> shown("abc"), shown("x" * 100, 12)
    ("'abc'", "'xxxxxxx...'")
    """
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        value = hex(value)
    text = repr(value[: width + 1] if isinstance(value, str | bytes) else value)
    return text if len(text) <= width else f"{text[: width - 4]}...{text[-1]}"
