"""Numbers and values as findings write them."""

from __future__ import annotations

from collections.abc import Iterable


def percent(share: float) -> str:
    """A share in words of a hundred.

    >>> percent(0.1234), percent(0.00004), percent(1.0), percent(0.99999)
    ('12.3 %', 'under 0.1 %', '100 %', '99.9 %')
    """
    if share in {0.0, 1.0}:
        return f"{share:.0%}".replace("%", " %")
    if share < 0.001:
        return "under 0.1 %"
    return f"{min(share * 100, 99.9):.1f} %"


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


def short(value: object, most: int = 80) -> str:
    r"""A value on one line, cut where it is long.

    >>> short("a  b\nc"), short("x" * 100, 5)
    ("'a b c'", "'xxxx…'")
    """
    if isinstance(value, float):
        return number(value)
    text = " ".join(str(value).split())
    return repr(text if len(text) <= most else text[: most - 1] + "…")


def listed(values: Iterable[str], most: int = 4) -> str:
    """Some things in a row of words.

    >>> listed(["a", "b", "c"]), listed("abcdef", 2)
    ('a, b, c', 'a, b and 4 more')
    """
    every = list(values)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
