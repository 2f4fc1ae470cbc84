"""HTML that cannot be broken by what it shows: text is escaped unless it was made here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from ratchet import words


class Html(str):
    """Markup that may go into a page as it is; any other text is escaped first."""

    __slots__ = ()


def tag(name: str, *children: str | None, **attributes: Any) -> Html:
    """An element.  ``class_`` is written ``class``, other ``_`` become ``-``; attributes that are None are left out.

    >>> tag("p", "5 < 6", class_="note")
    '<p class="note">5 &lt; 6</p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_attribute(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Iterable[str | None]) -> Html:
    """Several pieces one after the other; None is nothing."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children if child is not None))


def number(value: float | None, digits: int = 3) -> str:
    """A number as the page shows it; a dash where there is none.

    >>> number(0.84251), number(None), number(41188, 0)
    ('0.843', '\N{EN DASH}', '41,188')
    """
    return "\N{EN DASH}" if value is None or value != value else f"{value:,.{digits}f}"


def percent(value: float | None) -> str:
    r"""A share as the page shows it: `ratchet.words.percent` on one line; a dash where there is none.

    >>> [percent(share).replace("\xa0", " ") for share in (0.5, 0.004, 0.9999)]
    ['50 %', '0.4 %', '99.9 %']
    """
    if value is None or value != value:
        return "\N{EN DASH}"
    return words.percent(value, whole=True).replace(" ", "\N{NO-BREAK SPACE}")


def _attribute(value: Any) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
