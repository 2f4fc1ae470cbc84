"""The pictures of the tables, as SVG that can be read on a phone: 400 units wide, no letter smaller than 13."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

WIDTH, HEIGHT = 400, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 44, 46
_NOW, _BEFORE, _INK, _PALE = "#1b6b5c", "#b0413e", "#222222", "#9ccabf"


def draw(drawn: dict[str, list[float]], folder: Path) -> None:
    """Whichever pictures these numbers are for."""
    if "gate" in drawn:
        (folder / "evidence-growth.svg").write_text(curves(drawn["gate"], drawn["0.1.0, rotating"]), "utf-8")
        (folder / "evidence-power.svg").write_text(bars(drawn["at once"], drawn["in time"]), "utf-8")


def curves(gate: Sequence[float], before: Sequence[float]) -> str:
    """The share of lives with a false promotion, by week."""
    top = max(*before, 0.10) * 1.1
    ticks = [each / 100 for each in (0, 5, 10, 15, 20, 25, 30, 40) if each / 100 <= top]
    parts = [_tick(f"{100 * each:.0f} %", each / top) for each in ticks]
    parts += [_text(f"{week}", _x(week / 104), HEIGHT - 26, "middle") for week in (0, 26, 52, 78, 104)]
    parts.append(_text("weeks, a challenger in each", _x(0.5), HEIGHT - 8, "middle"))
    parts.append(f'<path d="M{_x(0):.1f} {_y(0.05 / top):.1f}H{_x(1):.1f}" stroke="{_INK}" stroke-dasharray="3 4"/>')
    for values, colour in ((before, _BEFORE), (gate, _NOW)):
        points = " ".join(f"{_x((1 + at) / 104):.1f},{_y(each / top):.1f}" for at, each in enumerate(values))
        parts.append(
            f'<polyline points="{_x(0):.1f},{_y(0):.1f} {points}" fill="none" stroke="{colour}" stroke-width="3"/>'
        )
    parts.append(_text("0.1.0, a new draw each 20 weeks", _x(0.02), _y(0.93), "start", _BEFORE))
    parts.append(_text("the gate", _x(0.02), _y(0.84), "start", _NOW))
    return _picture("Two years in which one no better got through", parts)


def bars(at_once: Sequence[float], in_time: Sequence[float]) -> str:
    """How often one that is better by a point is promoted, at four moments."""
    parts = [_tick(f"{each} %", each / 100) for each in (0, 25, 50, 75, 100)]
    for at, (first, second) in enumerate(zip(at_once, in_time, strict=True)):
        left = _x((at + 0.15) / 4)
        for share, colour in ((second, _PALE), (first, _NOW)):
            parts.append(_bar(left, share, colour))
        middle = left + _x(0.7 / 4) / 2 - _LEFT / 2
        parts.append(_text(f"{100 * first:.0f}", middle, _y(first) + 18, "middle", "#ffffff"))
        parts.append(_text(f"week {(2, 20, 52, 104)[at]}", middle, HEIGHT - 26, "middle"))
    parts.append(_text("dark: at once; pale: within 26 weeks", _x(0.5), HEIGHT - 8, "middle"))
    return _picture("One better by a point is promoted", parts)


def _x(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _bar(left: float, share: float, colour: str) -> str:
    width, top = _x(0.7 / 4) - _LEFT, _y(share)
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_y(0) - top:.1f}" fill="{colour}"/>'


def _tick(words: str, share: float) -> str:
    at = _y(share)
    return f'<path d="M{_LEFT} {at:.1f}H{WIDTH - _RIGHT}" stroke="#dddddd"/>' + _text(words, _LEFT - 6, at + 4, "end")


def _text(words: str, x: float, y: float, anchor: str, colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def _picture(title: str, parts: Sequence[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    paper = f'<title>{title}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    heading = f'<text x="{_LEFT}" y="24" font-size="15" font-weight="bold" fill="{_INK}">{title}</text>'
    return "\n".join([head, paper, heading, *parts, "</svg>", ""])
