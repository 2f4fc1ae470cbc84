"""The confusion matrix: what was what, and what it was taken for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ratchet.report.plots.markup import Html, number, percent, tag
from ratchet.words import trimmed

_NUMBERS_UP_TO = 14
"""With more classes, cells are too small for their numbers; pointing at one still tells."""
_LETTER = 8.0
"""About how wide a letter of a name is."""
_LONGEST = 22
"""Letters of a name; longer ones are cut."""


def matrix(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> Html:
    """A square of cells, true classes down, predicted ones across; the darker, the larger the true class's share.

    Right predictions are on the diagonal, in another colour.
    """
    size = 100 if len(classes) <= 3 else max(24, min(76, 640 // len(classes)))
    turned = size < 60 or any(len(name) > 9 for name in classes)
    longest = max((len(trimmed(name, _LONGEST)) for name in classes), default=1) * _LETTER
    left, top, edge = 16 + longest, 24 + (longest * 0.72 if turned else 0), size * len(classes)
    cells = [_cell(classes, confusion, row, at, size) for row in range(len(classes)) for at in range(len(classes))]
    names = [_names(name, (at + 0.5) * size - 1, turned=turned) for at, name in enumerate(classes)]
    drawn = tag("g", *cells, *names, transform=f"translate({left:.0f} {top:.0f})")
    wide, high = left + edge + (longest * 0.72 if turned else 8), top + edge
    return tag(
        "svg", drawn, viewBox=f"0 0 {wide:.0f} {high:.0f}", class_="confusion", role="img",
        style=f"max-width:{wide:.0f}px", aria_label="Confusion matrix: true classes down, predicted ones across",
    )  # fmt: skip


def _cell(classes: Sequence[str], confusion: Sequence[Sequence[int]], row: int, at: int, size: int) -> Html:
    count, rows = confusion[row][at], sum(confusion[row])
    share = count / rows if rows else 0.0
    kind = "right" if row == at else "wrong"
    parts = [
        tag("title", f"{classes[row]} predicted as {classes[at]}: {count:,} of {rows:,} rows ({percent(share)})"),
        tag("rect", width=size - 2, height=size - 2, rx=3, class_="ground"),
        tag("rect", width=size - 2, height=size - 2, rx=3, class_=kind, fill_opacity=_shade(share)),
    ]
    if len(classes) <= _NUMBERS_UP_TO and (count or row == at):
        tone = "count strong" if _shade(share) > 0.55 else "count"
        place: dict[str, Any] = {"x": size / 2 - 1, "text_anchor": "middle"}
        parts.append(tag("text", number(count, 0), y=size / 2 + (0 if size >= 60 else 4), class_=tone, **place))
        if size >= 60:
            parts.append(tag("text", f"{share:.0%}", y=size / 2 + 17, class_=f"{tone} share", **place))
    return tag("g", *parts, transform=f"translate({at * size} {row * size})")


def _shade(share: float) -> float:
    """How strongly a share is coloured: small ones must still be seen."""
    return round(0.92 * share**0.6, 3) if share else 0.0


def _names(name: str, middle: float, *, turned: bool) -> Html:
    """A class's name, beside its row and above its column."""
    down = tag("text", trimmed(name, _LONGEST), x=-10, y=middle + 4, class_="label", text_anchor="end")
    if turned:
        across = tag(
            "text", trimmed(name, _LONGEST), transform=f"translate({middle + 4:.0f} -8) rotate(-45)", class_="label"
        )
    else:
        across = tag("text", name, x=middle, y=-12, class_="label", text_anchor="middle")
    return tag("g", down, across)


def slips(
    classes: Sequence[str], confusion: Sequence[Sequence[int]], most: int = 6
) -> list[tuple[str, str, int, float]]:
    """The most frequent mistakes: true class, predicted class, rows, share of the true class.

    >>> slips(["a", "b"], [[8, 2], [0, 5]])
    [('a', 'b', 2, 0.2)]
    """
    found = [
        (classes[row], classes[at], count, count / sum(counts))
        for row, counts in enumerate(confusion)
        for at, count in enumerate(counts)
        if row != at and count
    ]
    return sorted(found, key=lambda slip: -slip[2])[:most]
