"""Plain words: numbers, shares, lists and values as sentences write them."""

from __future__ import annotations

from collections.abc import Iterable


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


def capital(sentence: str) -> str:
    """A sentence with its first letter large; the others stay as they are.

    >>> capital("macro-F1"), capital("ROC-AUC")
    ('Macro-F1', 'ROC-AUC')
    """
    return sentence[:1].upper() + sentence[1:]
