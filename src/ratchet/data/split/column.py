"""The rule of the table's own split column: each row says on which side it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.data.split.sides import HOLDOUT, TRAIN, TUNE, Sides
from ratchet.errors import DataError

SIDE_OF_WORD = {
    **dict.fromkeys(("train", "training", "tr"), TRAIN),
    **dict.fromkeys(("tune", "validation", "valid", "val", "dev", "development"), TUNE),
    **dict.fromkeys(("holdout", "test", "testing", "te"), HOLDOUT),
}
"""What a split column may say, whatever the case of its letters."""


def side_words(values: Sequence[str | None], column: str) -> dict[str, int]:
    """The side that each distinct value of a split column means; raises `DataError` that lists unknown ones."""
    found = {value: SIDE_OF_WORD.get(value.strip().casefold()) for value in values if value is not None}
    unknown = sorted(value for value, side in found.items() if side is None)
    if unknown:
        raise DataError(
            f"the split column '{column}' says {', '.join(repr(value) for value in unknown[:5])}",
            todo="let it say train, validation or test, or give the column another kind in the spec",
        )
    return {value: side for value, side in found.items() if side is not None}


def names_tune_rows(named: Sides, column: str | None) -> bool:
    """Whether a split column names rows to tune on; raises `DataError` where it names none to train on or hold out."""
    present = set(np.unique(named).tolist())
    for side, word in ((TRAIN, "train"), (HOLDOUT, "test")):
        if side not in present:
            raise DataError(
                f"the split column '{column}' has no {word} rows",
                todo=f"add rows that say '{word}', or ignore the column, so that rows are split by hash",
            )
    return TUNE in present
