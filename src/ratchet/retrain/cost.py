"""What an answer of a candidate costs: measured on the bundle as it will be served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ratchet import clock
from ratchet.evaluation.scorecard import Cost
from ratchet.registry.bundle import Bundle
from ratchet.serving.predictor import Predictor


def measure(bundle: Bundle, folder: Path, rows: Sequence[Mapping[str, Any]]) -> Cost:
    """Milliseconds for one row at a time over ``rows`` (a first pass warms up, uncounted), megabytes on disk."""
    predictor = Predictor(bundle, version="0")
    for row in rows[:20]:
        predictor.predict([row])
    spent = np.empty(len(rows))
    for index, row in enumerate(rows):
        start = clock.monotonic()
        predictor.predict([row])
        spent[index] = (clock.monotonic() - start) * 1000
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Cost(p50_ms=float(np.median(spent)), p99_ms=float(np.quantile(spent, 0.99)), bundle_mb=size / 1_000_000)
