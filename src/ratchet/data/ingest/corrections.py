"""Labels that are corrected: which rows there come again with another label, and what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Hashes
from ratchet.data.datasets import ID
from ratchet.data.parts import read_parts
from ratchet.spec import Spec
from ratchet.words import count_of

COMMON = 0.1
"""The share of rows that equal another beyond which a row with equal features is taken for another row."""
TOO_COARSE = (
    "no label was corrected: more than a tenth of the rows equal another, so that a row that comes again with another "
    "label may well be another one; such rows stand beside the earlier ones"
)


@dataclass(slots=True)
class Corrections:
    """The rows there, by the hashes of their features (sorted), and the labels that were said of them since."""

    ids: Hashes
    said: dict[int, str] = field(default_factory=dict)

    def heard(self, ids: Hashes, labels: pl.Series) -> Bools:
        """Which rows (rows,) are there; the label of each is noted down, the last of several."""
        there = np.isin(ids, self.ids)
        self.said.update(zip(ids[there].tolist(), labels.filter(pl.Series(there)).to_list(), strict=True))
        return there


def corrections(files: Sequence[Path]) -> Corrections | None:
    """What may be corrected of the rows in some files; None where equal rows are common."""
    if not files:
        return Corrections(np.zeros(0, dtype=np.uint64))
    ids = read_parts(files, [ID]).get_column(ID).to_numpy()
    return None if _common(ids) else Corrections(np.unique(ids))


def joined_with_another_label(frame: pl.DataFrame, spec: Spec, known: int) -> str | None:
    """A sentence about new rows whose features are among the first ``known`` rows with another label only."""
    first, new = frame.head(known), frame.tail(-known) if known else frame.clear()
    if not new.height or _common(first.get_column(ID).to_numpy()):
        return None
    others = new.join(first, on=ID, how="semi").join(first, on=[ID, spec.label], how="anti").height
    if not others:
        return None
    return (
        f"{count_of(others, 'row')} are there with another label, and now stand beside it; where the new labels are "
        "right, ratchet ingest FILE --correct puts them in the place of the earlier ones"
    )


def _common(ids: Hashes) -> bool:
    _, counts = np.unique(ids, return_counts=True)
    return bool(counts[counts > 1].sum() > COMMON * len(ids))
