"""The sides of the split, as the numbers that arrays hold and the names that people read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SIDES = ("train", "tune", "holdout", "excluded")
TRAIN, TUNE, HOLDOUT, EXCLUDED = range(4)

Sides = npt.NDArray[np.uint8]
"""The side of each row (rows,), an index into `SIDES`."""
