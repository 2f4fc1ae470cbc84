"""How the page words things, and the shape all its sections share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ratchet.metrics.catalogue import heading
from ratchet.report.plots.markup import Html, number, tag
from ratchet.report.plots.track import track
from ratchet.words import capital

Document = Mapping[str, Any]
"""What `show --json` prints, or a part of it."""

_BASELINES = {
    "majority.v1": "always the largest class",
    "one_feature.v1": "a rule of one column",
    "last_label.v1": "the last label",
}
_TICKS = {"majority.v1": "majority", "one_feature.v1": "feature", "last_label.v1": "last"}


def rule_name(rule: str) -> str:
    """A rule of the gate as people call it.

    >>> rule_name("beats_majority")
    'Beats majority'
    """
    return capital(rule.replace("_", " "))


def baseline(family: str) -> str:
    """A baseline as people call it."""
    return _BASELINES.get(family, family)


def tick(family: str) -> str:
    """The CSS class of a baseline's mark."""
    return _TICKS.get(family, "other")


def title(known: Document, metric: str) -> str:
    """A metric as people call it, of the classes of this version."""
    return str((known.get("headings") or {}).get(metric) or heading(metric))


def interval(measured: Document | None) -> str:
    """Where the true value lies, after ``~`` where that is not held to its level; nothing where it is not known."""
    if not measured or measured.get("low") is None or measured.get("high") is None:
        return ""
    about = "~" if measured.get("approximate") else ""
    return f"{about}{number(measured['low'])} to {number(measured['high'])}"


def value(measured: Document | None) -> float | None:
    """The number itself, or None where there is none."""
    return (measured or {}).get("value")


def cells(measured: Document, others: Mapping[str, float | None]) -> tuple[Html, Html, Html]:
    """A number in a row of a table: drawn on the line from 0 to 1 beside ``others``, written, and with its interval."""
    return (
        tag("td", track(measured, others), class_="wide"),
        tag("td", tag("b", number(value(measured))), class_="value"),
        tag("td", interval(measured), class_="range"),
    )


def section(title: str, said: str | None, *children: Html | None) -> Html:
    """A part of the page."""
    return tag("section", tag("h2", title), tag("p", said, class_="said") if said else None, *children)


def table(kind: str, heads: tuple[str, ...], rows: list[Html]) -> Html:
    """A table of rows under heads."""
    return tag("table", tag("thead", tag("tr", *(tag("th", each) for each in heads))), tag("tbody", *rows), class_=kind)


def key(kind: str, said: str) -> Html:
    """One entry of a legend."""
    return tag("span", tag("i", class_=f"key {kind}"), said)
