"""transformer.v1: texts to probabilities by a network with a head, however it was come by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from ratchet.arrays import Floats32, Probabilities
from ratchet.features.encoder import Columns, State
from ratchet.features.huggingface.answering import Answers
from ratchet.features.huggingface.network import Network, Shape
from ratchet.features.huggingface.tokens import Tokens
from ratchet.kinds.kind import Kind
from ratchet.models.history import NOTHING, History
from ratchet.models.pipeline import Part, Pipeline
from ratchet.models.softmax import softmax

MOST = 16
"""Chunks that are read of one text, at most."""
_AT_ONCE = 1024
"""Texts that are in memory as tokens at once."""


class Transformer:
    """Columns of texts joined into one, cut into chunks; the scores of a text are the mean over its chunks.

    ``meta`` holds ``room`` (tokens of a chunk) and what else is worth knowing of the network: the model it came from
    and the sha256 of that model's weights.
    """

    name: ClassVar[str] = "transformer.v1"

    def __init__(
        self,
        columns: Sequence[str],
        network: Network,
        tokens: Tokens,
        meta: Mapping[str, Any],
        history: History = NOTHING,
    ) -> None:
        self._columns, self._network, self._tokens = tuple(columns), network, tokens
        self._meta = dict(meta)
        self._answers = Answers(network, padding=tokens.padding)
        self.history = history

    @property
    def columns(self) -> Mapping[str, Kind]:
        return dict.fromkeys(self._columns, Kind.TEXT)

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        return {}

    @property
    def meta(self) -> Mapping[str, Any]:
        """What is known of the network."""
        return self._meta

    def predict(self, columns: Columns) -> Probabilities:
        texts = joined(columns, self._columns)
        scores = [self._scores(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
        if not scores:
            return np.zeros((0, len(self._network.arrays["classes.b"])))
        return softmax(np.concatenate(scores))

    def save(self) -> Part:
        meta = {
            **self._meta,
            "columns": list(self._columns),
            "shape": self._network.shape.document(),
            "padding": self._tokens.padding,
        }
        return Part(self.name, State(meta, self._network.arrays, {"tokenizer": self._tokens.content}))

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        meta = dict(part.state.meta)
        columns, shape, padding = meta.pop("columns"), Shape.read(meta.pop("shape")), int(meta.pop("padding"))
        tokens = Tokens(part.state.texts["tokenizer"], padding)
        return cls(columns, Network(shape, part.state.arrays), tokens, meta)

    def _scores(self, texts: Sequence[str]) -> Floats32:
        """(texts, classes) means over chunks."""
        chunks = self._tokens.chunks(texts, room=int(self._meta["room"]), most=MOST)
        scores = self._answers([chunk for each in chunks for chunk in each])
        # Texts of 1, 3 and 2 chunks begin at rows 0, 1 and 4.
        counts = np.array([len(each) for each in chunks])
        totals = np.add.reduceat(scores, np.cumsum(counts) - counts, axis=0)
        return np.asarray(totals / counts[:, None], dtype=np.float32)


def joined(columns: Columns, names: Sequence[str]) -> list[str]:
    """Each row's texts, one below the other; missing ones are left out."""
    rows = zip(*(columns[name] for name in names), strict=True)
    return ["\n".join(text for text in row if text) for row in rows]
