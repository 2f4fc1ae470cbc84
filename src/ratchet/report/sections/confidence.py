"""Whether to believe its confidence, and how its prediction sets did."""

from __future__ import annotations

from ratchet.report.plots import reliability
from ratchet.report.plots.markup import Html, number, percent, tag
from ratchet.report.plots.track import scale
from ratchet.report.sections.words import Document, cells, interval, key, section, table, value


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


def sets(known: Document) -> Html | None:
    """Whether sets of classes hold the true one as often as promised, from ``sets``."""
    found = known.get("sets")
    if not found:
        return None
    worst = found.get("worst") or {}
    shares = {
        "Holds the true class": (found["coverage"], {"majority": found["promised"]}),
        f"Of '{worst.get('name')}', the worst class": (worst.get("coverage"), {"majority": found["promised"]}),
        "Not a single class": (found["abstained"], {}),
        "Right where it is one": (found.get("single_right"), {}),
    }
    rows = [_share(said, measured, others) for said, (measured, others) in shares.items() if measured]
    legend = [key("dot", "measured, with its 95 % interval"), key("majority", "promised")]
    size = f"A set holds {number(value(found['mean_size']), 2)} classes on average ({interval(found['mean_size'])})."
    return section(
        "Answers that are sets",
        str(found.get("sentence") or "Where one class would not be sure enough, the answer is several."),
        tag("p", *legend, class_="legend"),
        tag("table", scale(), tag("tbody", *rows), class_="tracks"),
        tag("p", size, class_="after"),
    )


def _share(said: str, measured: Document, others: dict[str, float | None]) -> Html:
    return tag("tr", tag("th", said, scope="row"), *cells(measured, others))


def _row(threshold: Document) -> Html:
    right = threshold["accuracy"]
    between = " to ".join(percent(right.get(end)).removesuffix("\N{NO-BREAK SPACE}%") for end in ("low", "high"))
    return tag(
        "tr",
        tag("th", percent(threshold["confidence"]), scope="row"),
        tag("td", percent(value(threshold["answered"]))),
        tag("td", tag("b", percent(value(right))), " ", tag("span", between, class_="range")),
    )
