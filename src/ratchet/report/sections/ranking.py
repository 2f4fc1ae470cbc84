"""How well it ranks rows: the ROC and the precision-recall curve of the positive class, or of each of a few."""

from __future__ import annotations

from collections.abc import Sequence

from ratchet.report.plots.lines import SHARES, Axis, Line, Point, chart
from ratchet.report.plots.markup import Html, number, percent, tag
from ratchet.report.sections.words import Document, interval, section, table, value


def ranking(known: Document) -> Html | None:
    """The section, from ``ranking``."""
    found = known.get("ranking") or ()
    if not found:
        return None
    names = ", ".join(str(each["name"]) for each in found)
    said = "Whatever the threshold. Dashes: guessing. Bands hold 95 % at each place."
    legend = [tag("span", tag("i", class_=f"key swatch l{at}"), str(each["name"])) for at, each in enumerate(found)]
    guess = [] if len(found) > 1 else [(0.0, found[0]["share"]), (1.0, found[0]["share"])]
    roc = _drawn("taken for it of the others", "roc", found, f"ROC curve of {names}", [(0.0, 0.0), (1.0, 1.0)])
    others = _drawn("found of the class", "precision_recall", found, f"Precision-recall curve of {names}", guess)
    return section(
        "How well it ranks rows",
        said,
        tag("p", *legend, class_="legend"),
        tag(
            "div",
            tag("figure", tag("figcaption", "found of the class (ROC)"), roc),
            tag("figure", tag("figcaption", "right, of the rows taken for it (precision)"), others),
            class_="pair",
        ),
        table("plain", ("class", "in the surest tenth of all rows", "times its share"), [_row(each) for each in found]),
        tag("details", tag("summary", "The curves as a table"), *(_points(each) for each in found)),
    )


def _drawn(title: str, which: str, found: Sequence[Document], said: str, guess: Sequence[Point]) -> Html:
    across = Axis(low=0.0, high=1.0, steps=SHARES, title=title)
    up = Axis(low=0.0, high=1.0, steps=SHARES, title="")
    lines = [
        Line(
            points=[(each["at"], each["value"]) for each in curve[which]],
            band=[(each["low"], each["high"]) for each in curve[which]],
            number=at,
        )
        for at, curve in enumerate(found)
    ]
    return chart(across, up, lines, said=said, guess=guess)


def _row(found: Document) -> Html:
    top = found["top_tenth"]
    return tag(
        "tr",
        tag("th", str(found["name"]), scope="row"),
        tag("td", tag("b", percent(value(top))), " of it ", tag("span", interval(top), class_="range")),
        tag("td", number((value(top) or 0.0) * 10, 1)),
    )


def _points(found: Document) -> Html:
    rows = [
        tag("tr", *(tag("td", cell) for cell in (kind, percent(each["at"]), percent(each["value"]), interval(each))))
        for kind, which in (("ROC", "roc"), ("precision-recall", "precision_recall"))
        for each in found[which]
    ]
    return tag("div", tag("h3", str(found["name"])), table("plain", ("curve", "at", "value", "95 %"), rows))
