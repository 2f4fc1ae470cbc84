"""Lines on two axes, each with a band where it is uncertain: ROC and precision-recall curves, loss by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ratchet.report.plots.markup import Html, tag

WIDE, HIGH, LEFT, TOP, RIGHT, BELOW = 320, 240, 46, 10, 14, 44

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Points from left to right; ``band`` has the lower and the upper end at each of them."""

    points: Sequence[Point]
    band: Sequence[tuple[float, float]] = ()
    number: int = 0
    """Which of the page's line colours it has, from 0 to 5."""
    dashed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """From where to where it goes, its steps as they are written, and what it is called."""

    low: float
    high: float
    steps: Sequence[tuple[float, str]]
    title: str


SHARES = ((0.0, "0"), (0.25, "25%"), (0.5, "50%"), (0.75, "75%"), (1.0, "100%"))


def chart(across: Axis, up: Axis, lines: Sequence[Line], *, said: str, guess: Sequence[Point] = ()) -> Html:
    """The plot; ``guess`` is the line of knowing nothing, ``said`` what is told to who cannot see it."""
    parts = [*_grid(across, up)]
    if guess:
        parts.append(tag("polyline", points=_path(across, up, guess), class_="honest"))
    parts += [
        tag("polygon", points=_area(across, up, each), class_=f"band l{each.number}") for each in lines if each.band
    ]
    parts += [
        tag("polyline", points=_path(across, up, each.points), class_=f"line l{each.number}{' dashed' * each.dashed}")
        for each in lines
    ]
    size = f"0 0 {LEFT + WIDE + RIGHT} {TOP + HIGH + BELOW}"
    return tag("svg", *parts, viewBox=size, class_="lines", role="img", aria_label=said)


def nice(low: float, high: float) -> Axis:
    """An axis from ``low`` to ``high`` with three to six round steps.

    >>> [said for _, said in nice(0.1, 0.62).steps]
    ['0.2', '0.4', '0.6']
    """
    span = (high - low) or abs(high) or 1.0
    step = next(each for each in _ROUND if span / each <= 5)
    first, last = -int(-low // step), int(high // step)
    steps = [(at * step, f"{at * step:.10g}" if step < 1 else f"{at * step:,.0f}") for at in range(first, last + 1)]
    return Axis(low=low, high=low + span, steps=steps, title="")


_ROUND = [mantissa * 10.0**power for power in range(-9, 13) for mantissa in (1, 2, 5)]


def _x(axis: Axis, value: float) -> float:
    return LEFT + WIDE * (value - axis.low) / (axis.high - axis.low)


def _y(axis: Axis, value: float) -> float:
    return TOP + HIGH * (1 - (value - axis.low) / (axis.high - axis.low))


def _grid(across: Axis, up: Axis) -> list[Html]:
    floor = TOP + HIGH
    parts = [tag("line", x1=LEFT, x2=LEFT + WIDE, y1=floor, y2=floor, class_="grid")]
    for value, said in up.steps:
        y = _y(up, value)
        parts.append(tag("line", x1=LEFT, x2=LEFT + WIDE, y1=y, y2=y, class_="grid"))
        parts.append(tag("text", said, x=LEFT - 8, y=y + 4, text_anchor="end", class_="label"))
    for value, said in across.steps:
        parts.append(tag("text", said, x=_x(across, value), y=floor + 18, text_anchor="middle", class_="label"))
    middle = {"x": LEFT + WIDE / 2, "text_anchor": "middle", "class_": "title"}
    return [*parts, tag("text", across.title, y=floor + 38, **middle)]


def _path(across: Axis, up: Axis, points: Sequence[Point]) -> str:
    return " ".join(f"{_x(across, x):.1f},{_y(up, min(max(y, up.low), up.high)):.1f}" for x, y in points)


def _area(across: Axis, up: Axis, line: Line) -> str:
    """Along the lower ends, and back along the upper ones."""
    places = [x for x, _ in line.points]
    lower = [(x, low) for x, (low, _) in zip(places, line.band, strict=True)]
    upper = [(x, high) for x, (_, high) in zip(places, line.band, strict=True)]
    return _path(across, up, [*lower, *upper[::-1]])
