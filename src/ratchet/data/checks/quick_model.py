"""A rough model of the rows, good enough to find labels that are likely wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ratchet.arrays import Floats64, Hashes, Ints
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.near.components import distinct
from ratchet.data.near.words import words_of
from ratchet.data.rowhash import hash_of, text_hashes
from ratchet.hashing import mixed
from ratchet.kinds.kind import MEDIA, Kind
from ratchet.quiet import many_classes

_BITS = 18
_STEPS = 16
_FOLDS = 4
_EPOCHS = 8


def out_of_fold(rows: CheckedRows, places: Ints, without: Sequence[str] = ()) -> Floats64:
    """The probability of each class for some rows (places, classes), each from a model that did not see the row.

    A logistic model (stochastic gradient descent, averaged) of which words, categories and steps of numbers a row
    has, hashed (Weinberger et al. 2009).  Equal rows share a fold.
    """
    from sklearn.linear_model import SGDClassifier

    # The fold follows from the group of equal rows, so that no model is asked about a row that it has seen.
    features = _features(rows, places, without)
    labels, groups = rows.labels[places], rows.equal_groups[places]
    folds = (mixed(groups.astype(np.uint64)) % np.uint64(_FOLDS)).astype(np.int64)
    epochs = _EPOCHS if len(rows.classes) == 2 else 5
    chances = np.zeros((len(places), len(rows.classes)))
    for fold in range(_FOLDS):
        inside, out = folds != fold, folds == fold
        if not out.any() or len(np.unique(labels[inside])) < 2:
            continue
        model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=epochs, tol=None, average=True, random_state=0)
        with many_classes():
            model.fit(features[inside], labels[inside])
        chances[np.ix_(out, model.classes_)] = model.predict_proba(features[out])
    return chances


def _features(rows: CheckedRows, places: Ints, without: Sequence[str]) -> Any:
    """Which of 2**18 hashed facts hold of each row, as a sparse matrix with rows of unit length."""
    from scipy.sparse import csr_array
    from sklearn.preprocessing import normalize

    frame = rows.frame[places]
    owners, facts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.uint64)]
    for name, kind in rows.schema.features.items():
        if name in without or kind in MEDIA:
            continue
        salt = np.uint64(hash_of(name.encode()))
        if kind is Kind.TEXT:
            words = words_of(frame.get_column(name).fill_null(""))
            owners.append(words.texts)
            facts.append(words.hashes ^ salt)
        else:
            owners.append(np.arange(len(places)))
            facts.append(mixed(_codes(frame.get_column(name)) ^ salt))
    # Row and fact as one number, the fact in its lower 18 bits, so that a fact counts once a row: row 2 with fact 5 is
    # 2 * 2**18 + 5, and divmod gives both back.
    owner, fact = np.concatenate(owners), np.concatenate(facts) >> np.uint64(64 - _BITS)
    row, place = np.divmod(distinct((owner << _BITS) + fact.astype(np.int64)), 1 << _BITS)
    matrix = csr_array(
        (np.ones(len(row)), (row.astype(np.int32), place.astype(np.int32))), shape=(len(places), 1 << _BITS)
    )
    return normalize(matrix)


def _codes(column: pl.Series) -> Hashes:
    """A number for each value, the same for numbers of one step."""
    if column.dtype == pl.String:
        return text_hashes(column)
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    there = ~np.isnan(values)
    edges = np.quantile(values[there], np.linspace(0, 1, _STEPS + 1)[1:-1]) if there.any() else np.zeros(0)
    return np.where(there, np.searchsorted(edges, values, side="right") + 1, 0).astype(np.uint64)
