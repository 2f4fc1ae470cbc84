"""What names somebody, taken out of texts: e-mail addresses, phone and card numbers, IBANs.

Every step takes time linear in the text, whatever is in it.  Where it cannot be told whether digits are a phone number,
they are one if they are written as one (with + or a leading zero, or in the groups of some country): dates, prices and
plain numbers stay.  What comes out is left as it is when it is redacted again.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from ratchet.privacy.iban import ibans

Span = tuple[int, int]

_SPACES = " \u00a0\u202f\\-\u2010\u2011\u2012\u2013"
_PARTS = _SPACES + "."
_DELIMITERS = frozenset(
    ' \t\r\n\v\f\u00a0\u2028\u2029\u3000<>()[]{},;:"\\|@\u00ab\u00bb\u201c\u201d\u201e\u2018\u2019'
    "\u3001\u300c\u300d\u060c\u061b"
)
_DOTS = ".\u3002\uff61"
_UNSPACED = "\u0e00"
"""From here on scripts write words without spaces between them: Thai, Chinese, Japanese."""
_LOCAL, _DOMAIN = 64, 253
_WIDE = 0xFEE0
"""How far behind ASCII its wide forms stand."""
_ASCII = {at + _WIDE: at for at in range(0x21, 0x7F)} | {
    at: str(int(chr(at))) for at in range(0x80, sys.maxunicode) if chr(at).isdecimal()
}
_NUMBER = re.compile(rf"\d(?:[{_SPACES}]?\d)*")
_FRACTION = re.compile(r"\d[.,]")
_FEWEST, _MOST = 13, 19
_CARD = re.compile(r"[3-6]|2[2-7]|81|9792")
"""How the numbers of cards begin (ISO/IEC 7812); barcodes, book numbers and moments begin otherwise."""
_LUHN = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

_GAP = rf"[{_PARTS}/()]{{0,3}}"
_SPACE = r"[ \u00a0\u2011\-]"
_DATE = re.compile(
    r"(?<![\d./\-])(?:\d{4}([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\2(?:\d{4}|\d{2}))(?![-./]?\d)"
)
_PHONE = re.compile(
    r"(?<![A-Za-z0-9_+])(?<!\d[.,/\-])(?:"
    rf"\+{_GAP}[1-9](?:{_GAP}\d){{6,14}}"  # +49 (0) 30 123 45 67
    rf"|00[1-9](?:{_GAP}\d){{8,13}}"  # 0049 30 1234567
    rf"|\(?0[1-9](?:{_GAP}\d){{7,10}}"  # (030) 123 45 67, 01 23 45 67 89
    rf"|(?:1{_GAP})?\([2-9]\d\d\){_GAP}\d{{3}}{_GAP}\d{{4}}"  # (555) 123-4567
    rf"|(?:1[{_PARTS}])?[2-9]\d\d[{_PARTS}][2-9]\d\d[{_PARTS}]\d{{4}}"  # 555-123-4567
    rf"|[6-9]\d{{4}}{_SPACE}\d{{5}}"  # 98765 43210
    rf"|1[3-9]\d{_SPACE}?\d{{4}}{_SPACE}?\d{{4}}"  # 138 1234 5678
    r")(?!\d)"
)
_CALLED = re.compile(
    r"(?<![A-Za-z])(?i:tel|phone|mobile|cell|call|fax|whatsapp|handy|t[eé]l|m[oó]vil|тел|电话|手机|電話)"
    r"[^\W\d]{0,12}(?:[^\w+(]{1,3}[^\W\d]{1,12}){0,2}[^\w+(]{0,4}"
    rf"(\(?\d(?:{_GAP}\d){{6,14}})(?!\d)"
)
"""A number of which the words before it say that it is one."""


def redacted(text: str) -> str:
    """The text with ``[iban]``, ``[card]``, ``[e-mail]`` and ``[phone]`` in the place of what names somebody.

    >>> redacted("Ann (ann@example.org, +49 30 1234567) paid 12.50 with 4111 1111 1111 1111 on 2024-05-17")
    'Ann ([e-mail], [phone]) paid 12.50 with [card] on 2024-05-17'
    """
    for look, name in _LOOKS:
        text = _replaced(text, look(_plain(text)), f"[{name}]")
    return text


def emails(text: str) -> Iterator[Span]:
    """Where e-mail addresses stand, of any script."""
    for found in re.finditer("@", text):
        start, end = _local(text, found.start()), _domain(text, found.end())
        if start < found.start() and end > found.end():
            yield start, end


def cards(text: str) -> Iterator[Span]:
    """Where numbers of cards stand, in groups or in one piece: 13 to 19 digits whose last one checks the others."""
    for run in _NUMBER.finditer(text):
        places = [at for at in range(run.start(), run.end()) if text[at].isdecimal()]
        if len(places) >= _FEWEST:
            yield from _cards_among(
                text, places, fraction=run.start() > 1 and _FRACTION.match(text, run.start() - 2) is not None
            )


def phones(text: str) -> Iterator[Span]:
    """Where phone numbers stand, as they are written anywhere; dates stay."""
    without_dates = _DATE.sub(lambda found: "," * len(found.group()), text)
    for found in _PHONE.finditer(without_dates):
        yield found.span()
    for found in _CALLED.finditer(without_dates):
        yield found.span(1)


def _plain(text: str) -> str:
    """The same text, of the same length, with the digits of every script and the wide forms of letters in ASCII."""
    return text if text.isascii() else text.translate(_ASCII)


def _local(text: str, at: int) -> int:
    """Where the name before an @ begins; in ASCII, it ends where a script without spaces does."""
    start = at
    while start > max(0, at - _LOCAL) and text[start - 1] not in _DELIMITERS:
        if text[at - 1].isascii() and text[start - 1] >= _UNSPACED:
            break
        start -= 1
    return start + len(text[start:at]) - len(text[start:at].lstrip(f"{_DOTS}'!?="))


def _domain(text: str, at: int) -> int:
    """Where the domain after an @ ends; ``at`` where none with a dot stands there."""
    end, ascii_only = at, text[at : at + 1].isascii()
    while end < min(len(text), at + _DOMAIN) and text[end] not in _DELIMITERS:
        each = text[end]
        if each not in _DOTS and each != "-" and (each in "/?#&=!'*+%$^`~_" or (ascii_only and each >= _UNSPACED)):
            break
        end += 1
    domain = text[at:end].rstrip(f"{_DOTS}-")
    labels = re.split(f"[{_DOTS}]", domain)
    whole = len(labels) > 1 and all(labels) and len(labels[-1]) > 1 and not labels[-1].isdecimal()
    return at + len(domain) if whole else at


def _cards_among(text: str, places: list[int], *, fraction: bool) -> Iterator[Span]:
    """The windows of a run of digits that begin and end with a group and are the number of a card.

    The first group is none where it is the ``fraction`` of a number.
    """
    digits = [int(text[at]) for at in places]
    # A window's sum takes digits of one parity plain and those of the other doubled; each sum is the difference of two.
    sums = [
        list(accumulate((d if at % 2 == odd else _LUHN[d] for at, d in enumerate(digits)), initial=0))
        for odd in range(2)
    ]
    last = len(places) - 1
    for first, at in enumerate(places):
        inside = fraction if first == 0 else places[first - 1] == at - 1
        if inside or not _CARD.match("".join(map(str, digits[first : first + 4]))):
            continue
        for end in range(min(first + _MOST, last + 1), first + _FEWEST - 1, -1):
            parted = end > last or places[end] > places[end - 1] + 1
            total = sums[(end - 1) % 2]
            if parted and (total[end] - total[first]) % 10 == 0:
                yield at, places[end - 1] + 1
                break


def _replaced(text: str, spans: Iterable[Span], name: str) -> str:
    """The text with a name in the place of spans; those that overlap become one."""
    parts, done = [], 0
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    for start, end in merged:
        parts += [text[done:start], name]
        done = end
    return "".join([*parts, text[done:]]) if merged else text


_LOOKS: tuple[tuple[Callable[[str], Iterable[Span]], str], ...] = (
    (emails, "e-mail"),
    (ibans, "iban"),
    (cards, "card"),
    (phones, "phone"),
)
"""What is looked for, one after the other, each in what the ones before have left."""
