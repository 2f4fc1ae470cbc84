"""How good it is: every metric with its interval, beside the baselines."""

from __future__ import annotations

from ratchet.metrics.catalogue import find
from ratchet.report.plots.markup import Html, number, tag
from ratchet.report.plots.track import scale
from ratchet.report.sections.words import Document, baseline, cells, interval, key, section, table, tick, title, value


def quality(known: Document) -> Html | None:
    """The section, from ``metrics baselines metric lift gap``."""
    metrics, baselines = known.get("metrics") or {}, known.get("baselines") or {}
    rows = [
        _row(
            title(known, each), measured, {f: of.get(each) for f, of in baselines.items()}, each == known.get("metric")
        )
        for each, measured in metrics.items()
        if _on_common_line(each) and measured
    ]
    if not rows:
        return None
    legend = [key("dot", "this version, with its 95 % interval")]
    legend += [key(tick(family), baseline(family)) for family in baselines]
    return section(
        "How good it is",
        "Measured on rows that no training has seen. Of 20 such bars, 19 hold the true value; where it says 'about', "
        "that is not promised.",
        tag("p", *legend, class_="legend"),
        tag("table", scale(before=1, after=2), tag("tbody", *rows), class_="tracks"),
        _others(known, metrics, baselines),
        _lift(known),
    )


def _row(named: str, measured: Document, baselines: Document, chosen: bool) -> Html:
    others = {tick(family): value(each) for family, each in baselines.items()}
    return tag(
        "tr",
        tag("th", named, tag("small", "decides") if chosen else None, scope="row"),
        *cells(measured, others),
        class_="chosen" if chosen else None,
    )


def _on_common_line(metric: str) -> bool:
    """Whether it goes from 0 to 1 and more is better, as most do."""
    found = find(metric)
    return found is None or (found.higher_is_better and found.bounds == (0.0, 1.0))


def _direction(metric: str) -> Html:
    found = find(metric)
    return tag("small", "more is better" if found is None or found.higher_is_better else "less is better")


def _others(known: Document, metrics: Document, baselines: Document) -> Html | None:
    rows = [
        tag(
            "tr",
            tag("th", title(known, each), _direction(each), scope="row"),
            tag(
                "td", tag("b", number(value(metrics[each]))), " ", tag("span", interval(metrics[each]), class_="range")
            ),
            *(tag("td", number(value(of.get(each)))) for of in baselines.values()),
        )
        for each in metrics
        if metrics[each] and not _on_common_line(each)
    ]
    heads = ("On scales of their own", "this version", *map(baseline, baselines))
    return table("plain", heads, rows) if rows else None


def _lift(known: Document) -> Html | None:
    said = []
    for family, lift in (known.get("lift") or {}).items():
        difference, verdict = lift["difference"], "better" if lift["better"] else "not better"
        against = f" {title(known, str(known.get('metric', '')))} against {baseline(family)} ({interval(difference)}): "
        amount = value(difference)
        shown = "\N{EN DASH}" if amount is None else f"{amount:+.3f}"
        said.append(tag("li", tag("b", shown), against, f"{verdict} beyond chance"))
    if known.get("gap"):
        said.append(tag("li", str(known["gap"]["sentence"]), class_="wrong" if known["gap"]["worrying"] else None))
    return tag("ul", *said, class_="lift") if said else None
