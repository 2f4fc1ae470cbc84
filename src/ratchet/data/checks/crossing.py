"""How many rows that are the same, or nearly, stand on both sides of the split."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Ints
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Severity
from ratchet.words import count_of

_HOLDOUT = 0.2
_MATTERS = 0.01


def severity_of(rows: CheckedRows, count: int, crossing: int) -> Severity:
    """A warning where a hundredth of the rows are concerned, or of those held out as many cross; else a note."""
    return "warning" if max(count, crossing / _HOLDOUT) >= _MATTERS * len(rows) else "note"


def crossing(rows: CheckedRows, groups: Ints, which: Bools) -> tuple[int, str]:
    """How many held-out rows of ``which`` have their like among the others, with the end of a sentence that says so.

    Without a split it is the number to be expected of a random one.
    """
    sizes = np.bincount(groups)
    held = rows.held_out
    if held is None:
        # Of a group of 3 with a fifth held out, 3 * .2 rows are held out, each with its like in training unless the
        # other two are held out as well (.2 ** 2): 3 * .2 * (1 - .04) = .576 rows to be expected.
        sizes = np.bincount(groups[which])
        share = rows.spec.split.holdout if rows.spec else _HOLDOUT
        expected = round(float((sizes * share * (1 - share ** (sizes - 1.0))).sum()))
        if not expected:
            return 0, ""
        return expected, (
            f"; a random split that holds out {share:.0%} would put about {expected:,} of them into the holdout "
            "with their like in training"
        ).replace("%", " %")
    # Groups [0, 0, 1] on the sides [train, holdout, holdout]: group 0 has a row that is learned from, so its held-out
    # row has its like in training; that of group 1 has not.
    kept = held | rows.excluded
    learned = np.bincount(groups[~kept], minlength=len(sizes)) > 0
    crossed = int((which & held & learned[groups]).sum())
    words = (
        f"; {crossed:,} of {count_of(int(held.sum()), 'held-out row')} have their like in training" if crossed else ""
    )
    aside = int(((np.bincount(groups[held], minlength=len(sizes)) > 0)[groups] & rows.excluded & which).sum())
    if aside:
        words += f"; the split has set {count_of(aside, 'row')} aside whose like is held out"
    return crossed, words
