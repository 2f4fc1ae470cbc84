"""Labels that are likely wrong: a model that has not seen the row is sure of another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows, row_numbers
from ratchet.data.checks.confident_learning import likely_errors
from ratchet.data.checks.quick_model import out_of_fold
from ratchet.data.findings import Finding
from ratchet.kinds.kind import MEDIA
from ratchet.words import count_of, percent

_ROWS = 20_000
_FEWEST = 200
_MOST_CLASSES = 100
_SURE = 0.9
_EXPLAINED = 0.5
_MATTERS = 0.02


def check_label_errors(rows: CheckedRows) -> Iterator[Finding]:
    """Rows whose label confident learning doubts, and of whose other label the model is at least 0.9 sure.

    Uses the out-of-fold probabilities of a rough model of at most 20,000 of them.
    Says nothing where the model is not much better than guessing: its doubts would be its own errors; nor where labels
    are serial: a model that has seen the neighbours doubts every row at which the label turns.
    """
    if len(rows) < _FEWEST or not 2 <= len(rows.classes) <= _MOST_CLASSES:
        return
    if set(rows.schema.features.values()) <= MEDIA.keys() or rows.serial is not None:
        return
    places = rows.sample[:: -(-len(rows.sample) // _ROWS)]
    chances = out_of_fold(rows, places, rows.leaking)
    labels = rows.labels[places]
    guess = np.bincount(labels).max() / len(labels)
    accuracy = float((chances.argmax(axis=1) == labels).mean())
    if accuracy - guess < _EXPLAINED * (1 - guess):
        return
    doubted = np.flatnonzero(likely_errors(labels, chances) & (chances.max(axis=1) >= _SURE))
    if not len(doubted):
        return
    doubted = doubted[np.argsort(chances[doubted, labels[doubted]], kind="stable")]
    share = len(doubted) / len(labels)
    of = "" if len(places) == len(rows) else f" in a sample of {len(places):,}"
    yield Finding(
        check="label_errors",
        severity="warning" if share >= _MATTERS else "note",
        sentence=(
            f"{count_of(len(doubted), 'label')}{of} ({percent(share)}) {'is' if len(doubted) == 1 else 'are'} likely "
            "wrong: a model that had not seen the row is at least 90 % sure of another"
        ),
        count=len(doubted),
        share=share,
        examples=tuple(
            f"row {int(places[each]) + 1:,} says {rows.classes[labels[each]]}, "
            f"the model {rows.classes[int(chances[each].argmax())]} ({chances[each].max():.2f}): "
            f"{rows.told(int(places[each]))}"
            for each in doubted[:5]
        ),
        todo="look at these rows first when you check labels; correct them and ingest again",
        column=rows.schema.label,
        numbers={"accuracy": accuracy, "looked_at": float(len(labels))},
        rows=row_numbers(places[doubted]),
    )
