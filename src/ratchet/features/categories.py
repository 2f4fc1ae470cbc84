"""The values of a category column, most frequent first: what onehot.v1 and codes.v1 share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import repeat

import numpy as np

from ratchet.arrays import Ints
from ratchet.features.encoder import Column

MISSING = 0
"""The code of a missing value."""
OTHER = 1
"""The code of a value not seen in training, or too rare to have its own."""
FIRST = 2
"""The code of the most frequent value; the others follow."""
SEEN = 2
"""Values in fewer rows than this teach nothing, and share the code `OTHER`."""


class Categories:
    """Codes of the ``most`` most frequent values of a column; equally frequent ones by alphabet.

    >>> known = Categories.learn(["b", "a", "b", "a", "b", "d", None], most=9)
    >>> known.codes(["a", "b", "c", "d", None]).tolist()
    [3, 2, 1, 1, 0]
    """

    def __init__(self, values: Sequence[str]) -> None:
        self.values = tuple(values)
        self._codes: dict[str | None, int] = {value: code for code, value in enumerate(values, FIRST)}
        self._codes[None] = MISSING

    @classmethod
    def learn(cls, column: Column, *, most: int) -> Categories:
        """The values of a training column."""
        counts = Counter(column)
        counts.pop(None, None)
        ranked = sorted((-count, value) for value, count in counts.items() if count >= SEEN)
        return cls([value for _, value in ranked[:most]])

    def codes(self, column: Column) -> Ints:
        """(rows,) the code of each value."""
        return np.fromiter(map(self._codes.get, column, repeat(OTHER)), np.int64, len(column))
