"""The out-of-fold answers of a version: what its recipe answered for each row while that row was left out of learning.

They are kept beside the version, so that the next challenger can be held against it on rows that both may learn from,
before a holdout is asked.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from ratchet import documents
from ratchet.arrays import Hashes, Ints, Probabilities
from ratchet.models import tensors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OutOfFoldAnswers:
    """Rows with what was answered for each; ``probabilities`` are (rows, classes), of the ``classes`` in that order."""

    ids: Hashes
    """(rows,) the hashes of their features."""
    probabilities: Probabilities
    classes: tuple[str, ...]

    def of(self, classes: Sequence[str]) -> Probabilities:
        """(rows, classes) the same for classes in another order; one that was not known then has probability 0."""
        place = {name: at for at, name in enumerate(self.classes)}
        found = np.zeros((len(self.ids), len(classes)))
        for at, name in enumerate(classes):
            if name in place:
                found[:, at] = self.probabilities[:, place[name]]
        return found


def common(*rows: Hashes) -> list[Ints]:
    """For each of several arrays of ids, the places of those that all have, in the same order; a repeated id once.

    >>> [each.tolist() for each in common(np.array([7, 5, 5, 9], np.uint64), np.array([9, 5, 1], np.uint64))]
    [[1, 3], [1, 0]]
    """
    shared = rows[0]
    for each in rows[1:]:
        shared = np.intersect1d(shared, each)
    shared = np.unique(shared)
    # Of [7, 5, 5, 9] the ids [5, 7, 9] come first at [1, 0, 3]; the shared [5, 9] stand at 0 and 2 of those.
    firsts = [np.unique(each, return_index=True) for each in rows]
    return [first[np.searchsorted(names, shared)] for names, first in firsts]


def encode(answers: OutOfFoldAnswers) -> bytes:
    """The bytes of the answers: safetensors, probabilities as 32-bit floats."""
    out = io.BytesIO()
    names = np.frombuffer(msgspec.json.encode(answers.classes), dtype=np.uint8)
    arrays: dict[str, Any] = {
        "ids": answers.ids,
        "probabilities": answers.probabilities.astype(np.float32),
        "classes": names,
    }
    tensors.write(out, arrays)
    return out.getvalue()


def decode(content: bytes) -> OutOfFoldAnswers:
    """The answers in those bytes; raises `ValueError` where they are none."""
    arrays = tensors.views(content)
    return OutOfFoldAnswers(
        ids=arrays["ids"],
        probabilities=arrays["probabilities"].astype(np.float64),
        classes=documents.read(arrays["classes"].tobytes(), tuple[str, ...]),
    )
