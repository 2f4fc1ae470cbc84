"""sentences.v1: a text as its embedding by any model of sentence-transformers; needs the extra `sentences`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Self, cast

import numpy as np

from ratchet.arrays import Floats32
from ratchet.errors import SpecError
from ratchet.features.encoder import Column, Matrix, State, Target
from ratchet.features.huggingface.answering import Answers
from ratchet.features.huggingface.extras import needs
from ratchet.features.huggingface.folder import Folder
from ratchet.features.huggingface.graph import Pooling
from ratchet.features.huggingface.network import Network, Shape, network
from ratchet.features.huggingface.quantised import quantised
from ratchet.features.huggingface.settings import whole
from ratchet.features.huggingface.tokens import Tokens
from ratchet.features.seen import Seen
from ratchet.kinds.kind import Kind

DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
_AT_ONCE = 1024
"""Texts that are in memory as tokens at once."""
_MOST = 16
"""Chunks that are read of one text, at most."""
_SEEN = Seen(64 << 20)
"""Of all encoders of this process."""
_POOLINGS: Mapping[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",  # nosec B105 # a way of pooling
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
}


class Sentences:
    """A text as the mean of what a transformer says of its chunks, pooled and normalised as the model's own files say.

    Nothing is learned from rows.  The model is named behind a colon by id or path (``sentences.v1:intfloat/e5-small``);
    of texts longer than it takes, the mean over chunks is taken (`Tokens.chunks`).  Unit vectors are made as long as
    the root of their width, so that an output varies about as much as a standardised number.  Missing and empty texts
    are zeros.  Dense weights are whole numbers of one byte (`quantised`).
    """

    name: ClassVar[str] = "sentences.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    supervised: ClassVar[bool] = False
    model: ClassVar[str] = DEFAULT
    pace: ClassVar[float] = 30_000.0
    """Characters that a model of MiniLM's size reads in a second on one core."""

    def __init__(self) -> None:
        self._meta: dict[str, Any] = {}
        self._network: Network | None = None
        self._tokens = Tokens("")
        self._answers: Answers | None = None

    @classmethod
    @cache
    def of(cls, argument: str) -> type[Self]:
        """The encoder by that model."""
        return cast("type[Self]", type(cls.__name__, (cls,), {"model": argument, "__module__": cls.__module__}))

    @classmethod
    def content(cls) -> str:
        """What names the model's files; raises `MissingExtraError`, and `SpecError` where the model is nowhere."""
        needs("sentences")
        return Folder.of(cls.model).content

    def fit(self, column: Column, target: Target | None = None) -> Self:
        needs("sentences")
        folder = Folder.of(self.model)
        net = quantised(network(folder.config, folder.weights()))
        meta = {"model": self.model, "sha256": folder.sha256, "shape": net.shape.document(), **_settings(folder, net)}
        return self._made(meta, net, Tokens.of(folder))

    def transform(self, column: Column) -> Matrix:
        rows = np.zeros((len(column), self._width), dtype=np.float32)
        for start in range(0, len(column), _AT_ONCE):
            texts = cast("Sequence[str | None]", column[start : start + _AT_ONCE])
            filled = [at for at, text in enumerate(texts) if text and not text.isspace()]
            if filled:
                read = cast("Sequence[str]", [texts[at] for at in filled])
                rows[[start + at for at in filled]] = _SEEN.rows(self._reader, read, self._embedded)
        return Matrix(rows)

    @property
    def widths(self) -> tuple[int, int]:
        return self._width, 0

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return [f"meaning {number}" for number in range(self._width)]

    def state(self) -> State:
        net = self._network
        assert net is not None, "an encoder is saved after it was fitted"
        return State(meta=self._meta, arrays=net.arrays, texts={"tokenizer": self._tokens.content})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The encoder that was saved; it needs the extra when it is asked for a row, and the model's folder no more."""
        meta = dict(state.meta)
        tokens = Tokens(state.texts["tokenizer"], int(meta["padding"]))
        return cls()._made(meta, Network(Shape.read(meta["shape"]), state.arrays), tokens)

    def _made(self, meta: Mapping[str, Any], net: Network, tokens: Tokens) -> Self:
        made = type(self)()
        made._meta, made._network, made._tokens = {**meta, "padding": tokens.padding}, net, tokens
        made._answers = Answers(net, pooling=meta["pooling"], padding=tokens.padding)
        return made

    @property
    def _width(self) -> int:
        return 0 if self._network is None else self._network.width

    @property
    def _reader(self) -> str:
        return json.dumps([self._meta, hash(self._tokens.content)], sort_keys=True)

    def _embedded(self, texts: Sequence[str]) -> Floats32:
        """(texts, width) the mean of each text's chunks."""
        assert self._answers is not None
        chunks = self._tokens.chunks(texts, room=int(self._meta["room"]), most=_MOST)
        rows = self._answers([chunk for each in chunks for chunk in each])
        if self._meta["normalised"]:
            rows = _unit(rows)
        # Texts of 1, 3 and 2 chunks begin at rows 0, 1 and 4.
        counts = np.array([len(each) for each in chunks])
        totals = np.add.reduceat(rows, np.cumsum(counts) - counts, axis=0)
        means: Floats32 = (totals / counts[:, None]).astype(np.float32)
        if not self._meta["normalised"]:
            return means
        return np.asarray(_unit(means) * np.sqrt(self._width), dtype=np.float32)


def _unit(rows: Floats32) -> Floats32:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, optimize=False))
    return np.asarray(rows / np.maximum(lengths, 1e-12)[:, None], dtype=np.float32)


def _settings(folder: Folder, net: Network) -> dict[str, Any]:
    """How texts are cut, pooled and normalised; raises `SpecError` for a step that is not known."""
    steps = folder.steps
    strangers = sorted(steps.keys() - {"Transformer", "Pooling", "Normalize"})
    if strangers:
        raise SpecError(
            f"the model '{folder.name}' has a step that cannot be read: {', '.join(strangers)}",
            todo="choose one that has Transformer, Pooling and Normalize only",
        )
    said = folder.settings("sentence_bert_config.json") or {}
    room = min(whole(said, "max_seq_length", default=net.shape.longest), net.shape.longest)
    pooling = _pooling(folder, steps["Pooling"]) if "Pooling" in steps else "mean"
    return {"room": room, "pooling": pooling, "normalised": "Normalize" in steps}


def _pooling(folder: Folder, path: str) -> Pooling:
    said = folder.settings(f"{path}/config.json") or {}
    chosen = [ours for theirs, ours in _POOLINGS.items() if said.get(theirs)] or [said.get("pooling_mode", "mean")]
    if len(chosen) > 1 or chosen[0] not in _POOLINGS.values():
        raise SpecError(
            f"the model '{folder.name}' pools tokens by {' and '.join(map(str, chosen))}, which cannot be read",
            todo=f"choose one that pools by one of {', '.join(_POOLINGS.values())}",
        )
    found: Pooling = chosen[0]
    return found
