"""What a bundle knows of its columns, for whoever reads an export: values seen in training, and a row that fits.

All of it comes from counts of the training rows (`ratchet.features.profile`), none from a row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ratchet.features.profile import ColumnProfile, Histogram, Values
from ratchet.kinds.kind import Kind
from ratchet.registry.bundle import Bundle
from ratchet.serving.rows import example
from ratchet.words import listed, short

_NAMED = 6


def typical(bundle: Bundle) -> dict[str, Any]:
    """A row that fits: a category's most frequent value, about the median of a number, else what the kind gives."""
    row, found = example(bundle.schema.features), _profiled(bundle)
    for name, kind in bundle.schema.features.items():
        each = found.get(name)
        if isinstance(each, Values) and each.counts:
            row[name] = _frequent(each)[0]
        elif kind is Kind.NUMBER and isinstance(each, Histogram) and len(each.edges):
            row[name] = _median(each)
    return row


def meanings(bundle: Bundle) -> dict[str, str]:
    """What each column is, in a few words: of a category some of its values."""
    found = _profiled(bundle)
    return {name: _meaning(kind, found.get(name)) for name, kind in bundle.schema.features.items()}


def _profiled(bundle: Bundle) -> dict[str, ColumnProfile]:
    return {} if bundle.profile is None else dict(bundle.profile.columns)


def _meaning(kind: Kind, found: ColumnProfile | None) -> str:
    if not isinstance(found, Values) or not found.counts:
        return kind.column.meaning
    values = _frequent(found)
    more = ", and others" if found.other and len(values) <= _NAMED else ""
    named = listed((f"`{short(each, 40)[1:-1]}`" for each in values), _NAMED) + more
    return f"one of {named}".replace("|", "\\|")


def _frequent(found: Values) -> list[str]:
    """The values, most frequent first."""
    return sorted(found.counts, key=lambda each: (-found.counts[each], each))


def _median(found: Histogram) -> float:
    """The edge nearest to where half of the values lie below; with four digits."""
    # Edges [1, 2, 3] and counts [4, 4, 1, 1]: below the edges lie 4, 8 and 9 of 10, and 4 is nearest to 5: the edge 1.
    below = np.cumsum(found.counts[:-1])
    return float(f"{found.edges[int(np.abs(below - found.counts.sum() / 2).argmin())]:.4g}")
