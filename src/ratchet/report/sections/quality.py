"""How good it is: every metric with its interval, beside the baselines."""

from __future__ import annotations

from ratchet.report.plots.markup import Html, number, tag
from ratchet.report.plots.track import scale, track
from ratchet.report.sections.words import Document, baseline, interval, key, name, section, table, tick, value

_ERRORS = ("log_loss", "brier", "ece")
"""Metrics that are better when smaller, and lie on no common line with the others."""


def quality(known: Document) -> Html | None:
    """The section, from ``metrics baselines metric lift gap``."""
    metrics, baselines = known.get("metrics") or {}, known.get("baselines") or {}
    rows = [
        _row(each, measured, baselines, chosen=each == known.get("metric"))
        for each, measured in metrics.items()
        if each not in _ERRORS and measured
    ]
    if not rows:
        return None
    legend = [key("dot", "this version, with its 95 % interval")]
    legend += [key(tick(family), baseline(family)) for family in baselines]
    return section(
        "How good it is",
        "Measured on rows that no training has seen. Of 20 such bars, 19 hold the true value.",
        tag("p", *legend, class_="legend"),
        tag("table", scale(before=1, after=2), tag("tbody", *rows), class_="tracks"),
        _errors(metrics, baselines),
        _lift(known),
    )


def _row(metric: str, measured: Document, baselines: Document, *, chosen: bool) -> Html:
    others = {tick(family): value(of.get(metric)) for family, of in baselines.items()}
    return tag(
        "tr",
        tag("th", name(metric), tag("small", "decides") if chosen else None, scope="row"),
        tag("td", track(measured, others), class_="wide"),
        tag("td", tag("b", number(value(measured))), class_="value"),
        tag("td", interval(measured), class_="range"),
        class_="chosen" if chosen else None,
    )


def _errors(metrics: Document, baselines: Document) -> Html | None:
    rows = [
        tag(
            "tr",
            tag("th", name(each), scope="row"),
            tag(
                "td", tag("b", number(value(metrics[each]))), " ", tag("span", interval(metrics[each]), class_="range")
            ),
            *(tag("td", number(value(of.get(each)))) for of in baselines.values()),
        )
        for each in _ERRORS
        if metrics.get(each)
    ]
    heads = ("Errors: less is better", "this version", *map(baseline, baselines))
    return table("plain", heads, rows) if rows else None


def _lift(known: Document) -> Html | None:
    said = []
    for family, lift in (known.get("lift") or {}).items():
        difference, verdict = lift["difference"], "better" if lift["better"] else "not better"
        against = f" {name(str(known.get('metric', '')))} against {baseline(family)} ({interval(difference)}): "
        amount = value(difference)
        shown = "\N{EN DASH}" if amount is None else f"{amount:+.3f}"
        said.append(tag("li", tag("b", shown), against, f"{verdict} beyond chance"))
    if known.get("gap"):
        said.append(tag("li", str(known["gap"]["sentence"]), class_="wrong" if known["gap"]["worrying"] else None))
    return tag("ul", *said, class_="lift") if said else None
