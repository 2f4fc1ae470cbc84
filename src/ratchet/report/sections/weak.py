"""Where it is weaker, and its worst mistakes."""

from __future__ import annotations

from ratchet.report.plots.markup import Html, number, percent, tag
from ratchet.report.plots.track import scale, track
from ratchet.report.sections.words import Document, interval, section, table, title, value

_LONGEST = 400


def weak(known: Document) -> Html | None:
    """The parts of the rows that were declared or found, from ``segments slices metric``."""
    rows = [
        _row(str(each["rule"]), each["accuracy"], f"found; accuracy is {number(each.get('elsewhere'))} elsewhere")
        for each in known.get("segments") or ()
    ]
    for part, measured in (known.get("slices") or {}).items():
        metric = known.get("metric") if measured.get(known.get("metric")) else "accuracy"
        if measured.get(metric):
            rows.append(_row(part, measured[metric], title(known, str(metric))))
    said = "Parts of the rows: those the spec names, and the weakest that a search found."
    table_ = tag("table", scale(), tag("tbody", *rows), class_="tracks")
    return section("Where it is weaker", said, table_) if rows else None


def _row(part: str, measured: Document, what: str) -> Html:
    return tag(
        "tr",
        tag("th", part, tag("small", what), scope="row"),
        tag("td", track(measured, {}), class_="wide"),
        tag("td", tag("b", number(value(measured))), class_="value"),
        tag("td", interval(measured), tag("small", f"{number(measured.get('n'), 0)} rows"), class_="range"),
    )


def worst(known: Document) -> Html | None:
    """Wrong predictions of most confidence, from ``worst``: examples as ``{text, label, predicted, confidence}``."""
    rows = [
        tag(
            "tr",
            tag("td", str(each.get("text", ""))[:_LONGEST], class_="text"),
            tag("td", str(each.get("label", "")), data_head="is"),
            tag("td", str(each.get("predicted", "")), class_="wrong", data_head="predicted"),
            tag("td", percent(each.get("confidence"))),
        )
        for each in known.get("worst") or ()
    ]
    said = "Wrong with the most confidence. Some of them may be labelled wrongly."
    shown = table("plain examples", ("row", "is", "predicted", "confidence"), rows)
    return section("Its worst mistakes", said, shown) if rows else None
