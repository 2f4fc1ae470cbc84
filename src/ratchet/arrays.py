"""The array types, each defined once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Of whatever type: weights in a file."""
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Floats32 = npt.NDArray[np.float32]
Floats64 = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]
Labels = npt.NDArray[np.int32]
"""(rows,) the index of each row's class."""
Probabilities = npt.NDArray[np.float64]
"""(rows, classes), each row sums to one."""
