"""What an answer costs: measured on the model as it will be served."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ratchet import clock
from ratchet.evaluation.scorecard import Cost

Row = Mapping[str, Any]


def measure(answer: Callable[[Sequence[Row]], object], rows: Sequence[Row], folder: Path) -> Cost:
    """Milliseconds for one row at a time over ``rows`` (a first pass warms up, uncounted), megabytes of ``folder``."""
    for row in rows[:20]:
        answer([row])
    spent = np.empty(len(rows))
    for index, row in enumerate(rows):
        start = clock.monotonic()
        answer([row])
        spent[index] = (clock.monotonic() - start) * 1000
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Cost(p50_ms=float(np.median(spent)), p99_ms=float(np.quantile(spent, 0.99)), bundle_mb=size / 1_000_000)
