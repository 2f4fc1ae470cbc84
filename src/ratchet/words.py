"""Plain words: numbers, shares, lists and values as sentences write them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable

_HIDDEN = "***"
_WEB = r"(?:(?<=https)|(?<=http))"
_USER = r"://?[^\s:/?#\[]*:"
_SECRETS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (  # one slash: what becomes of an address that was taken for a path
        # postgresql://user:SECRET@host, s3://key:SECRET@bucket: up to the last @, for a password may hold one
        rf"(?<!http)(?<!https){_USER}(?P<secret>\S+)@",
        # https://user:SECRET@host; what follows http://localhost:8000/ may hold an @ and is no password
        rf"{_WEB}{_USER}(?!\d{{1,5}}[/?#])(?P<secret>\S+)@",
        # https://TOKEN@host
        rf"{_WEB}://?(?P<secret>[^\s:/?#@]+)@",
        # postgresql://user:A PHRASE@host; "http://localhost:8000, or ask me@x.org" holds none
        rf"{_USER}(?P<secret>(?!\d{{1,5}}\b)[^\s@]*[ \t][^\n]*)@(?=\S)",
        # ?password=SECRET, PGPASSWORD=SECRET, api_key=SECRET; key=SECRET in a query only
        r"(?:password|passwd|pwd|secret|token|(?:api|access|account)[_-]?key|[?&;][\w.-]*key|[?&]sig)="
        r"(?P<secret>'[^'\n]*'|\"[^\"\n]*\"|[^\s&]+)",
        # keys of ours: rk_0123abcd_SECRET, whose readable part stays; and whatever a header brings
        r"\brk_[0-9a-f]{8}_(?P<secret>[\w-]{20,})",
        r"\bBearer (?P<secret>(?!rk_)[\w.~+/=-]{8,})",
    )
)


def redacted(text: str) -> str:
    """A text without the passwords in it, for whatever is shown or kept: addresses, command lines, reasons of others.

    Hidden is what stands for a password in an address (also where an ``@`` in it was not encoded), and the value of
    ``password=``, ``secret=``, ``token=`` and of a query's ``key=``; of our keys all but the readable part.  Where the
    end of a password cannot be told, more is hidden and not less.

    >>> redacted("postgresql://ada:p@ss@db/x?table=rows and s3://KEY:SECRET@bucket")
    'postgresql://ada:***@db/x?table=rows and s3://KEY:***@bucket'
    >>> redacted("https://h/x?key=abc&n=3, at 12:30 from me@example.org")
    'https://h/x?key=***&n=3, at 12:30 from me@example.org'
    """
    shown, done = "", 0
    for start, end in sorted(each.span("secret") for secret in _SECRETS for each in secret.finditer(text)):
        if start >= done:
            shown += text[done:start] + _HIDDEN
        done = max(done, end)
    return shown + text[done:]


_OF_OTHERS = (
    (re.compile(r"Value error, |Input should be "), ""),
    (re.compile(r", (?:unable to (?:parse|interpret)|got a number with)[^;\n]*"), ""),
    (re.compile(r"a valid integer"), "a whole number"),
    (re.compile(r"a valid (?=number|string)"), "a "),
    (re.compile(r" ?\(os error \d+\)"), ""),
)


def plain(text: str) -> str:
    """What a library says of a wrong value or file, without what only its makers read (pydantic, Polars).

    >>> plain("Input should be a valid integer, unable to parse string as an integer")
    'a whole number'
    >>> plain("Value error, one of 'a', 'b'"), plain("No such file or directory (os error 2)")
    ("one of 'a', 'b'", 'No such file or directory')
    """
    for found, put in _OF_OTHERS:
        text = found.sub(put, text)
    return text


def percent(share: float, *, whole: bool = False) -> str:
    """A share in words of a hundred; ``whole`` leaves the tenths out where that hides nothing.

    >>> percent(0.1234), percent(0.00004), percent(1.0), percent(0.99999)
    ('12.3 %', 'under 0.1 %', '100 %', '99.9 %')
    >>> [percent(share, whole=True) for share in (0.5, 0.004, 0.9999)]
    ['50 %', '0.4 %', '99.9 %']
    """
    if share in {0.0, 1.0} or (whole and 0.01 <= share < 0.995):
        return f"{100 * share:.0f} %"
    if share < 0.001:
        return "under 0.1 %"
    return f"{min(share * 100, 99.9):.1f} %"


def odds(probability: float) -> str:
    """A probability that may be tiny, in percent to two digits.

    >>> odds(0.0013), odds(0.000001), odds(0.9962)
    ('0.13 %', 'less than 0.001 %', 'more than 99 %')
    """
    if probability < 1e-5:
        return "less than 0.001 %"
    return "more than 99 %" if probability > 0.99 else f"{100 * probability:.2g} %"


def count_of(count: int, what: str, plural: str | None = None) -> str:
    """A number of things.

    >>> count_of(1, "row"), count_of(25797, "row"), count_of(2, "class", "classes")
    ('1 row', '25,797 rows', '2 classes')
    """
    return f"{count:,} {what if count == 1 else plural or what + 's'}"


def number(value: float) -> str:
    """A number as short as it can be told.

    >>> number(4.0), number(0.123456), number(1234567.0)
    ('4', '0.1235', '1,234,567')
    """
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"


def duration(seconds: float) -> str:
    """A time as people tell it.

    >>> duration(0.042), duration(3.24), duration(75.0), duration(7265.0)
    ('0.04 s', '3.2 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*")


def seconds_of(text: str) -> float:
    """A time as people type it, in seconds; raises `ValueError` for what is none.

    >>> seconds_of("10m"), seconds_of("1.5h")
    (600.0, 5400.0)
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("a duration such as '90s', '10m', '2h' or '1d'")
    return float(match[1]) * _UNITS[match[2]]


def trimmed(text: str, most: int) -> str:
    """A text cut where it is longer than ``most`` characters.

    >>> trimmed("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def short(value: object, most: int = 80) -> str:
    r"""A value on one line, in quotes where it is a text, cut where it is long.

    >>> short("a  b\nc"), short("x" * 100, 5)
    ("'a b c'", "'xxxx…'")
    """
    return number(value) if isinstance(value, float) else repr(trimmed(" ".join(str(value).split()), most))


def listed(values: Iterable[str], most: int = 4) -> str:
    """Some things in a row of words.

    >>> listed(["a", "b", "c"]), listed("abcdef", 2), listed(["a"])
    ('a, b and c', 'a, b and 4 more', 'a')
    """
    every = list(values)
    if len(every) > most:
        every = [*every[:most], f"{len(every) - most} more"]
    return " and ".join([", ".join(every[:-1]), every[-1]]) if len(every) > 1 else "".join(every)


def times_over(count: int, times: int) -> str:
    """How many there are of what was made ``times`` over, as folds are; "" for none.

    >>> times_over(15, 3), times_over(5, 1), times_over(0, 1)
    ('3 x 5', '5', '')
    """
    return f"{times} x {count // times}" if times > 1 else str(count or "")


def nearest(name: str, known: Collection[str]) -> str | None:
    """The name among those known that was most likely meant, or None.

    >>> nearest("linar.v1", ["linear.v1", "svm.v1"]), nearest("yes", ["Yes", "No"]), nearest("x", ["Yes", "No"])
    ('linear.v1', 'Yes', None)
    """
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def capital(sentence: str) -> str:
    """A sentence with its first letter large; the others stay as they are.

    >>> capital("macro-F1"), capital("ROC-AUC")
    ('Macro-F1', 'ROC-AUC')
    """
    return sentence[:1].upper() + sentence[1:]
