"""What the model rests on: the columns that matter, and the words and values that speak for and against each class."""

from __future__ import annotations

from ratchet.report.plots.markup import Html, number, tag
from ratchet.report.sections.words import Document, interval, section, table, title, value

SHOWN = 15
_CLASSES = 8
"""So many classes have their weights shown at once; the others are under a fold."""


def rests_on(known: Document) -> Html | None:
    """The section, from ``explained``: ``importance weights notes``."""
    found = known.get("explained") or {}
    columns, words = _columns(known), _weights(known)
    notes = [tag("p", str(each), class_="after") for each in found.get("notes") or ()]
    if not (columns or words or notes):
        return None
    return section("What it rests on", None, columns, words, *notes)


def _columns(known: Document) -> Html | None:
    found = (known.get("explained") or {}).get("importance")
    if not found or not found.get("columns"):
        return None
    columns = found["columns"][:SHOWN]
    ends = [each["loss"].get(end) or 0.0 for each in columns for end in ("low", "high")]
    low, high = min(0.0, *ends), max(*ends, 1e-9)
    name = title(known, str(found["metric"]))
    said = (
        f"What {name} loses when a column is shuffled, on rows that were not learned from. Of columns that say the "
        "same, each seems to matter little. What the model uses is not what causes the answer."
    )
    rows = [
        tag(
            "tr",
            tag("th", str(each["column"]), scope="row"),
            tag("td", _track(each["loss"], low, high), class_="wide"),
            tag("td", tag("b", number(value(each["loss"]))), class_="value"),
            tag("td", interval(each["loss"]), class_="range"),
        )
        for each in columns
    ]
    left = len(found["columns"]) - len(columns)
    more = tag("p", f"and {left} columns that matter less", class_="after") if left else None
    return tag("div", tag("p", said, class_="said"), tag("table", tag("tbody", *rows), class_="tracks"), more)


def _track(loss: Document, low: float, high: float) -> Html:
    """A loss with its interval on a line from ``low`` to ``high``; a stroke is at nothing lost."""

    def x(amount: float) -> float:
        return 6 + 388 * (amount - low) / (high - low)

    start, end, at = (float(loss.get(name) or 0.0) for name in ("low", "high", "value"))
    parts = (
        tag("line", x1=6, x2=394, y1=11, y2=11, class_="axis"),
        tag("rect", x=x(start), y=6, width=max(x(end) - x(start), 1.0), height=10, rx=3, class_="interval"),
        tag("line", x1=x(0.0), x2=x(0.0), y1=1, y2=21, class_="tick"),
        tag("circle", cx=x(at), cy=11, r=3.6, class_="dot"),
    )
    said = f"loses {number(value(loss))} ({interval(loss)})"
    return tag("svg", *parts, viewBox="0 0 400 22", class_="track", role="img", aria_label=said)


def _weights(known: Document) -> Html | None:
    found = (known.get("explained") or {}).get("weights") or {}
    if not found:
        return None
    if len(found) == 2 and known.get("positive") in found:  # what speaks for one of two speaks against the other
        found = {known["positive"]: found[known["positive"]]}
    rows = [
        tag(
            "tr",
            tag("th", str(name), scope="row"),
            _words(each["speaks_for"], "for"),
            _words(each["speaks_against"], "against"),
        )
        for name, each in found.items()
    ]
    heads = ("class", "speaks for it", "speaks against it")
    said = tag("h3", "The strongest weights for and against each class, exactly as the linear model has them")
    more = tag(
        "details",
        tag("summary", f"The other {len(rows) - _CLASSES} classes"),
        table("plain weights", heads, rows[_CLASSES:]),
    )
    return tag(
        "div",
        said,
        table("plain weights", heads, rows[:_CLASSES]),
        more if len(rows) > _CLASSES else None,
        class_="below",
    )


def _words(weights: list[Document], head: str) -> Html:
    each = (tag("span", str(one["name"]), " ", tag("i", f"{one['weight']:+.2f}"), class_="word") for one in weights)
    return tag("td", *each, data_head=head)
