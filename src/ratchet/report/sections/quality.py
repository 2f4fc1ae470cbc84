"""How good it is: every metric with its interval, beside the baselines."""

from __future__ import annotations

from ratchet.metrics.catalogue import find
from ratchet.report.plots.markup import Html, number, tag
from ratchet.report.plots.track import scale
from ratchet.report.sections.words import Document, baseline, cells, interval, key, section, table, tick, title, value


def quality(known: Document) -> Html | None:
    """The section, from ``metrics baselines metric lift gap labelling``."""
    metrics, baselines = known.get("metrics") or {}, known.get("baselines") or {}
    rows = [
        _row(title(known, each), each, measured, baselines, chosen=each == known.get("metric"))
        for each, measured in metrics.items()
        if _on_common_line(each) and measured
    ]
    if not rows:
        return None
    legend = [key("dot", "this version, with its 95 % interval")]
    legend += [key(tick(family), baseline(family)) for family in baselines]
    return section(
        "How good it is",
        _measured(known, metrics),
        tag("p", *legend, class_="legend"),
        tag("table", scale(), tag("tbody", *rows), class_="tracks"),
        _others(known, metrics, baselines),
        _lift(known),
    )


def _measured(known: Document, metrics: Document) -> str:
    said = "Measured on rows that no training has seen. Of 20 such bars, 19 hold the true value"
    if any(each and each.get("approximate") for each in metrics.values()):
        said += ", but where ~ says that the rows are too few to be sure of that"
    rounded = (known.get("holdout") or {}).get("shown") == "rounded"
    return f"{said}. Rounded to steps of about their standard error." if rounded else f"{said}."


def _row(name: str, metric: str, measured: Document, baselines: Document, *, chosen: bool) -> Html:
    others = {tick(family): value(of.get(metric)) for family, of in baselines.items()}
    return tag(
        "tr",
        tag("th", name, tag("small", "decides") if chosen else None, scope="row"),
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
        difference, verdict = lift["difference"], "shown" if lift["better"] else "not shown"
        against = f" {title(known, str(known.get('metric', '')))} against {baseline(family)} ({interval(difference)}): "
        amount = value(difference)
        shown = "\N{EN DASH}" if amount is None else f"{amount:+.3f}"
        said.append(tag("li", tag("b", shown), against, f"{verdict} to be better"))
    if known.get("gap"):
        said.append(tag("li", str(known["gap"]["sentence"]), class_="wrong" if known["gap"]["worrying"] else None))
    if known.get("labelling"):
        said.append(tag("li", str(known["labelling"]["sentence"])))
    return tag("ul", *said, class_="lift") if said else None
