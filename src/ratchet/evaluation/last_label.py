"""last_label.v1: guessing the last label: what a model of rows in the order of time has to beat.

It asks for the label of the row before, which nobody may have when a model is asked; so it is no pipeline that could
answer, only a measure of how much the order of time gives away (a persistence forecast; Murphy 1992, "Climatology,
persistence, and their linear combination as standards of reference in skill scores").
"""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Ints, Labels, Probabilities

NAME = "last_label.v1"
WORDS = "guessing the last label"
_LEAST = 0.51
"""The least probability of the last label: it is what is guessed, however seldom it stays."""


def last_label(times: Ints, labels: Labels, held: Bools, *, classes: int) -> Probabilities:
    """(held rows, classes) what the label of the moment before each held-out row makes of it.

    ``times``, ``labels`` and ``held`` (rows,) are of all rows with a moment, held out or not, in any order.  Of several
    rows of one moment the commonest label counts, of equals the first class.  The last label has the probability with
    which labels of rows that are not held out stayed what they were, the others share the rest by how common they are;
    a row before which there is none has the shares of the classes.
    """
    # Times [5, 3, 3, 9] are the moments [3, 5, 9], numbered [1, 0, 0, 2] by row; the rows of moment 1 look at moment 0,
    # those of moment 0 at none.
    moments, number = np.unique(times, return_inverse=True)
    counts = np.bincount(number * classes + labels, minlength=len(moments) * classes).reshape(-1, classes)
    last = np.append(-1, counts.argmax(axis=1))[number]
    learned = ~held
    shares = (np.bincount(labels[learned], minlength=classes) + 1.0) / (learned.sum() + classes)
    followed = learned & (last >= 0)
    stays = max(_LEAST, (float((labels == last)[followed].sum()) + 1) / (float(followed.sum()) + 2))
    return _guessed(last[held], shares, stays)


def _guessed(last: Ints, shares: Probabilities, stays: float) -> Probabilities:
    """(rows, classes) ``stays`` for each row's last label and the rest by the shares (classes,); the shares for -1."""
    found = np.tile(shares, (len(last), 1))
    known = np.flatnonzero(last >= 0)
    found[known, last[known]] = 0.0
    found[known] *= (1 - stays) / found[known].sum(axis=1, keepdims=True)
    found[known, last[known]] = stays
    return found
