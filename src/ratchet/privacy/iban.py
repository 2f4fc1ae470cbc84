"""IBANs (ISO 13616) in a text: by the length that their country gives them, and the check of mod 97."""

from __future__ import annotations

import re
from collections.abc import Iterator

_START = re.compile(r"(?=[A-Za-z]{2}[0-9]{2})")
_WORD = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}(?![A-Za-z0-9])")
_PARTING = " -\u00a0\u202f"
_LENGTHS = {
    15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH CR HR LI LV",
    22: "BG BH DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ DZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
}  # fmt: skip
LENGTHS = {country: length for length, countries in _LENGTHS.items() for country in countries.split()}
"""Country -> characters of its IBANs."""


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Where IBANs stand, in groups or in one piece, in letters of either case; takes time linear in the text."""
    done = 0
    for found in _START.finditer(text):
        if found.start() >= done and (end := _end(text, found.start())) is not None:
            done = end
            yield found.start(), end


def valid(iban: str) -> bool:
    """Whether the check digits are right: the IBAN, its first four characters last and letters as numbers, mod 97.

    >>> valid("GB82WEST12345698765432"), valid("GB82WEST12345698765433")
    (True, False)
    """
    return int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 == 1


def _end(text: str, start: int) -> int | None:
    length = LENGTHS.get(text[start : start + 2].upper())
    if length is None:  # a country that has joined since: then only where it stands alone
        found = _WORD.match(text, start)
        alone = found is not None and not text[start - 1 : start].isalnum()
        return found.end() if found is not None and alone and valid(found.group()) else None
    signs, at = "", start
    while len(signs) < length and at < len(text):
        each = text[at]
        if each.isascii() and each.isalnum():
            signs += each
        elif each not in _PARTING or text[at - 1] in _PARTING:
            return None
        at += 1
    return at if len(signs) == length and valid(signs) else None
