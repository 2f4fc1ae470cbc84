"""Whether confidence can be believed: how often answers of each confidence were right, and how many there were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ratchet.report.plots.markup import Html, number, percent, tag

SIDE, LOW, LEFT, TOP = 300, 84, 44, 10
"""The curve's square, the histogram's height, and the room for their numbers."""

Bins = Sequence[Mapping[str, Any]]


def curve(bins: Bins) -> Html:
    """The reliability curve above a histogram of confidence, on one axis; honest answers lie on the diagonal."""
    parts = [*_grid(), *_points(bins), *_bars(bins)]
    size = f"0 0 {LEFT + SIDE + 24} {TOP + SIDE + LOW + 66}"
    said = "Reliability: share of right answers by confidence, and how many answers had it"
    return tag("svg", *parts, viewBox=size, class_="reliability", role="img", aria_label=said)


def _x(share: float) -> float:
    return LEFT + SIDE * share


def _y(share: float) -> float:
    return TOP + SIDE * (1 - share)


def _grid() -> list[Html]:
    parts = []
    for step in range(6):
        share = step / 5
        parts += [
            tag("line", x1=LEFT, x2=LEFT + SIDE, y1=_y(share), y2=_y(share), class_="grid"),
            tag("text", f"{share:.0%}", x=LEFT - 8, y=_y(share) + 4, text_anchor="end", class_="label"),
            tag("text", f"{share:.0%}", x=_x(share), y=TOP + SIDE + LOW + 36, text_anchor="middle", class_="label"),
        ]
    parts.append(tag("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), class_="honest"))
    middle = {"x": LEFT + SIDE / 2, "text_anchor": "middle", "class_": "title"}
    parts.append(tag("text", "confidence of the answer", y=TOP + SIDE + LOW + 56, **middle))
    return parts


def _points(bins: Bins) -> list[Html]:
    line = " ".join(f"{_x(each['confidence']):.1f},{_y(each['accuracy']['value']):.1f}" for each in bins)
    parts = [tag("polyline", points=line, class_="curve")]
    most = max((each["rows"] for each in bins), default=1)
    for each in bins:
        right, x = each["accuracy"], _x(each["confidence"])
        said = (
            f"{each['rows']:,} answers of about {percent(each['confidence'])} confidence: {percent(right['value'])} "
            f"right ({percent(right['low'])} to {percent(right['high'])})"
        )
        parts.append(tag("line", x1=x, x2=x, y1=_y(right["low"]), y2=_y(right["high"]), class_="whisker"))
        size = 3 + 4 * (each["rows"] / most) ** 0.5
        parts.append(tag("circle", tag("title", said), cx=x, cy=_y(right["value"]), r=size, class_="dot"))
    return parts


def _bars(bins: Bins) -> list[Html]:
    floor, most = TOP + SIDE + LOW + 18, max((each["rows"] for each in bins), default=1)
    parts = [tag("line", x1=LEFT, x2=LEFT + SIDE, y1=floor, y2=floor, class_="grid")]
    for each in bins:
        height = max(LOW * each["rows"] / most, 1.0)
        wide = SIDE * (each["high"] - each["low"]) - 2
        said = tag("title", f"{each['rows']:,} answers")
        place = {"x": _x(each["low"]) + 1, "y": floor - height, "width": wide, "height": height}
        parts.append(tag("rect", said, rx=2, class_="bar", **place))
        if each["rows"] == most:
            middle = {"x": _x(each["low"]) + wide / 2, "y": floor - height - 4, "text_anchor": "middle"}
            parts.append(tag("text", number(most, 0), class_="label", **middle))
    return parts
