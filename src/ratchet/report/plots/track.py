"""A number on a line from 0 to 1: its interval a bar, itself a dot, others ticks, each shorter than the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ratchet.report.plots.markup import Html, number, tag

WIDTH, HEIGHT, EDGE = 400, 22, 6


def track(measured: Mapping[str, Any], others: Mapping[str, float | None]) -> Html:
    """The line of one `Measured` (as a mapping), ``others`` by the CSS class of their tick."""
    middle = HEIGHT / 2
    value, low, high = (measured.get(each) for each in ("value", "low", "high"))
    parts = [tag("line", x1=EDGE, x2=WIDTH - EDGE, y1=middle, y2=middle, class_="axis")]
    parts += [_stroke(_x(share), 1, 4, "step") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    if low is not None and high is not None:
        wide = max(_x(high) - _x(low), 1.0)
        parts.append(
            tag("rect", x=_x(low), y=middle - 5, width=wide, height=10, rx=min(3.0, wide / 2), class_="interval")
        )
    parts += [
        _stroke(_x(other), 10 - 2 * at, 10 - 2 * at, f"tick {name}")
        for at, (name, other) in enumerate(others.items())
        if other is not None
    ]
    if value is not None:
        parts.append(tag("circle", cx=_x(value), cy=middle, r=3.6, class_="dot"))
    said = f"{number(value)} ({number(low)} to {number(high)})"
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="track", role="img", aria_label=said)


def scale(*heads: str) -> Html:
    """The head of a table of tracks, which numbers their line; after value and interval come those of ``heads``."""
    steps = tag("div", *(tag("span", each) for each in ("0", "0.25", "0.5", "0.75", "1")), class_="scale")
    right = [tag("th", each, class_="value") for each in heads]
    return tag("thead", tag("tr", tag("th"), tag("th", steps), tag("th"), tag("th", class_="range"), *right))


def _x(value: float) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * min(max(value, 0.0), 1.0)


def _stroke(x: float, up: float, down: float, kind: str) -> Html:
    return tag("line", x1=x, x2=x, y1=HEIGHT / 2 - up, y2=HEIGHT / 2 + down, class_=kind)
