"""What it takes for what, and how good it is at each class."""

from __future__ import annotations

from ratchet.report.plots import confusion
from ratchet.report.plots.markup import Html, number, percent, tag
from ratchet.report.plots.track import scale
from ratchet.report.sections.words import Document, cells, key, section, value

_BESIDE_UP_TO = 8
"""With more classes the matrix takes the whole width and the mistakes stand below it."""


def mistakes(known: Document) -> Html | None:
    """The confusion matrix with its most frequent mistakes, from ``classes confusion``."""
    names, counts = known.get("classes") or (), known.get("confusion") or ()
    if not names or not counts:
        return None
    items = []
    for true, predicted, rows, share in confusion.slips(names, counts):
        amount = f": {number(rows, 0)} of its {number(rows / share, 0)} rows ({percent(share)})"
        items.append(tag("li", tag("b", true), " taken for ", tag("b", predicted), amount))
    aside = tag("div", tag("h3", "Most frequent mistakes"), tag("ol", *items), class_="aside") if items else None
    layout = "columns" if len(names) <= _BESIDE_UP_TO else "stacked"
    return section(
        "What it takes for what",
        "Down: the true class. Across: the predicted one. Colour is the share of the true class; the diagonal: right.",
        tag("div", confusion.matrix(names, counts), aside, class_=layout),
    )


def class_by_class(known: Document) -> Html | None:
    """F1, precision, recall and PR-AUC of each class, weakest first, from ``per_class``."""
    ranked = sorted((known.get("per_class") or {}).items(), key=lambda item: _strength(item[1]))
    if not ranked:
        return None
    legend = [key("dot", "F1, with its 95 % interval"), key("precision", "precision"), key("recall", "recall")]
    rows = [_row(name, measured) for name, measured in ranked]
    table = tag("table", scale("PR-AUC", "rows"), tag("tbody", *rows), class_="tracks classes")
    said = "Weakest first. PR-AUC tells the rows of the class from all others; guessing gets their share of all rows."
    return section("Class by class", said, tag("p", *legend, class_="legend"), table)


def _row(name: str, measured: Document) -> Html:
    f1 = measured.get("f1") or {}
    others = {each: value(measured.get(each)) for each in ("precision", "recall")}
    return tag(
        "tr",
        tag("th", name, scope="row"),
        *cells(f1, others),
        tag("td", number(value(measured.get("pr_auc"))), class_="value", data_head="PR-AUC"),
        tag("td", number(value(measured.get("support")), 0), class_="value", data_head="rows"),
    )


def _strength(measured: Document) -> float:
    f1 = value(measured.get("f1"))
    return -1.0 if f1 is None else f1
