"""A date written as text, read one at a time with the standard library: what `ratchet.kinds.date.dates_of` reads."""

from __future__ import annotations

import re
from datetime import date

_BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_DAY = r"\+?(?P<year>[0-9]{4}|[0-9]{1,3}(?=-))(?P<mark>[-/]) *(?P<month>[0-9]{1,2})(?P=mark) *(?P<day>[0-9]{1,2})"
_TIME = r" *(?P<hour>[0-9]{1,2}): *(?P<minute>[0-9]{1,2})(?:: *(?P<second>[0-9]{1,2})(?:\.(?P<part>[0-9]+))?)?"
_ZONE = r"(?: *(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-5][0-9])?| ?UTC|[zZ])"
_WRITTEN = re.compile(rf"{_DAY}(?:[ T]+{_TIME}{_ZONE}?)?")
_DOTTED = re.compile(r"(?P<day>[0-9]{1,2})\. *(?P<month>[0-9]{1,2})\. *(?P<year>[0-9]{1,4})")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EPOCH = date(1970, 1, 1).toordinal()
_SECOND, _DAY_LONG = 1_000_000, 86_400_000_000
EPOCHS = ((10**11, 1_000_000), (10**14, 1_000), (10**18, 1))
"""Whole numbers below the first are seconds since 1970, below the second milliseconds, below the third microseconds."""
DAY_NUMBERS = (19_000_101, 21_001_231)
"""Between these a whole number is a day written without marks, where there is such a day."""


def moment_of(text: str) -> int:
    """Microseconds since 1970 in UTC; a time without a zone is UTC.  Raises `ValueError` where a text is no date.

    >>> moment_of("1970-01-01T00:00:01.5+01:00"), moment_of("02.01.1970"), moment_of("19700103")
    (-3598500000, 86400000000, 172800000000)
    """
    text = text.strip(_BLANKS)
    if found := _WRITTEN.fullmatch(text) or _DOTTED.fullmatch(text):
        parts = found.groupdict()
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"])).toordinal() - _EPOCH
        return day * _DAY_LONG + _time(parts) - _offset(parts)
    if _NUMBER.fullmatch(text):
        return _of_number(float(text))
    raise ValueError("it is no date")


def _time(parts: dict[str, str | None]) -> int:
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 60:  # 60: a leap second
        raise ValueError("it is no time")
    return (hour * 3_600 + minute * 60 + second) * _SECOND + int((parts.get("part") or "").ljust(6, "0")[:6])


def _offset(parts: dict[str, str | None]) -> int:
    if parts.get("sign") is None:
        return 0
    minutes = int(parts["hours"] or 0) * 60 + int(parts["minutes"] or 0)
    if minutes >= 24 * 60:
        raise ValueError("it is no zone")
    return (-1 if parts["sign"] == "-" else 1) * minutes * 60 * _SECOND


def _of_number(number: float) -> int:
    if DAY_NUMBERS[0] <= number <= DAY_NUMBERS[1]:
        digits = str(int(number))
        try:
            day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            pass
        else:
            return (day.toordinal() - _EPOCH) * _DAY_LONG
    for below, scale in EPOCHS:
        if abs(number) < below:
            return int(number * scale)
    raise ValueError("it is too large for a date")
