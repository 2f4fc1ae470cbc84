"""Whether to believe its confidence."""

from __future__ import annotations

from ratchet.evaluation.plots import reliability
from ratchet.evaluation.plots.markup import Html, percent, tag
from ratchet.evaluation.sections.words import Document, section, table, value


def confidence(known: Document) -> Html | None:
    """The reliability curve, and what answering only when sure would bring, from ``reliability thresholds``."""
    bins = known.get("reliability") or ()
    if not bins:
        return None
    rows = [_row(each) for each in known.get("thresholds") or ()]
    heads = ("sure by", "answers", "of those right")
    only = tag("div", tag("h3", "If it answered only when sure"), table("plain", heads, rows), class_="aside")
    return section(
        "Whether to believe its confidence",
        "On the diagonal, 80 of 100 answers given at 80 % are right. Below it, it is too sure; above it, too shy.",
        tag("div", reliability.curve(bins), only if rows else None, class_="columns"),
    )


def _row(threshold: Document) -> Html:
    right = threshold["accuracy"]
    between = " to ".join(percent(right.get(end)).removesuffix("\N{NO-BREAK SPACE}%") for end in ("low", "high"))
    return tag(
        "tr",
        tag("th", percent(threshold["confidence"]), scope="row"),
        tag("td", percent(value(threshold["answered"]))),
        tag("td", tag("b", percent(value(right))), " ", tag("span", between, class_="range")),
    )
