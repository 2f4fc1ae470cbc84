"""Small examples of what a plug-in may bring: an encoder that looks at labels, an ensemble, and a pipeline that reads
texts itself with a tokenizer and weights of its own.  Each passes its kit; none is meant to be good.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from ratchet.arrays import Floats32, Floats64, Probabilities
from ratchet.features.encoder import Column, Columns, Matrix, State, Target
from ratchet.kinds.kind import Kind
from ratchet.models.ensemble import Ensemble
from ratchet.models.family import Choice, LabelledRows, Range, Shape
from ratchet.models.learner import fit as fit_recipe
from ratchet.models.pipeline import Part, Pipeline
from ratchet.models.recipe import Recipe
from ratchet.models.softmax import softmax


class TargetShares:
    """A category as the shares of the classes among the rows that have it, drawn towards those of all rows.

    Micci-Barreca 2001, "A Preprocessing Scheme for High-Cardinality Categorical Attributes", equation 4.
    """

    name: ClassVar[str] = "target_shares.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORY})
    supervised: ClassVar[bool] = True

    def __init__(self, values: Sequence[str] = (), shares: Floats64 | None = None) -> None:
        self._places = {value: at for at, value in enumerate(values, 1)}
        self._shares = np.zeros((1, 0)) if shares is None else shares

    def fit(self, column: Column, target: Target | None = None) -> Self:
        assert target is not None, "a supervised encoder is given the target"
        values = sorted({value for value in column if value is not None})
        places = {value: at for at, value in enumerate(values, 1)}
        counts = np.zeros((len(values) + 1, target.classes))
        of_rows = np.array([places.get(value, 0) for value in column], dtype=np.int64)
        np.add.at(counts, (of_rows, target.labels), 1)
        prior = counts.sum(axis=0) / max(len(column), 1)
        counts[0] = 0  # whatever is missing or unseen has the shares of all rows
        shares = (counts + 5 * prior) / (counts.sum(axis=1, keepdims=True) + 5)
        return type(self)(values, shares)

    def transform(self, column: Column) -> Matrix:
        return Matrix(self._shares[[self._places.get(value, 0) for value in column]].astype(np.float32))

    @property
    def widths(self) -> tuple[int, int]:
        return self._shares.shape[1], 0

    @property
    def known(self) -> frozenset[str] | None:
        return frozenset(self._places)

    def names(self) -> Sequence[str]:
        return [f"share of class {number}" for number in range(self._shares.shape[1])]

    def state(self) -> State:
        return State(meta={"values": list(self._places)}, arrays={"shares": self._shares})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.meta["values"], state.arrays["shares"])


class Vote:
    """A family whose pipeline is an ensemble of other families', each with its defaults."""

    name: ClassVar[str] = "vote.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT, Kind.NUMBER, Kind.CATEGORY, Kind.DATE})

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {"share": Range(0.1, 0.9)}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"share": 0.5, "members": ["linear.v1", "boosted.v1"]}

    def fit(
        self, rows: LabelledRows, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1
    ) -> Pipeline:
        members = [
            fit_recipe(Recipe.plan(name, rows.kinds), rows, seed=seed, folder=folder / name, threads=threads)
            for name in params["members"]
        ]
        return Ensemble(members, np.array([params["share"], 1 - params["share"]]))


class RawWords:
    """A family that reads one text column itself: its words numbered by a tokenizer's file, weights in bfloat16."""

    name: ClassVar[str] = "raw_words.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {"smoothing": Range(0.1, 10.0, scale="log")}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"smoothing": 1.0}

    def fit(
        self, rows: LabelledRows, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1
    ) -> Pipeline:
        column = next(iter(rows.kinds))
        split = [(text or "").split() for text in rows.columns[column]]
        vocabulary = {word: at for at, word in enumerate(sorted({word for words in split for word in words}))}
        counts = np.full((len(vocabulary) + 1, rows.target.classes), float(params["smoothing"]))
        for words, label in zip(split, rows.target.labels, strict=True):
            np.add.at(counts, ([vocabulary[word] for word in words], label), 1)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tokenizer.json").write_text(json.dumps({"vocab": vocabulary}), encoding="utf-8")
        write_bfloat16(folder / "weights.safetensors", np.log(counts / counts.sum(axis=0)).astype(np.float32))
        return RawWordsPipeline(column, folder / "tokenizer.json", folder / "weights.safetensors")


class RawWordsPipeline:
    """What `RawWords` learns: naive Bayes over the words of one column."""

    name: ClassVar[str] = "raw_words_pipeline.v1"

    def __init__(self, column: str, tokenizer: Path, weights: Path) -> None:
        self._column, self._files = column, {"tokenizer.json": tokenizer, "weights.safetensors": weights}
        self._vocabulary: dict[str, int] = json.loads(tokenizer.read_text("utf-8"))["vocab"]
        self._weights = read_bfloat16(weights)

    @property
    def columns(self) -> Mapping[str, Kind]:
        return {self._column: Kind.TEXT}

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        return {}

    def predict(self, columns: Columns) -> Probabilities:
        unknown = len(self._vocabulary)
        found = [[self._vocabulary.get(w, unknown) for w in (text or "").split()] for text in columns[self._column]]
        scores = [self._weights[words].sum(axis=0, dtype=np.float64) for words in found]
        return softmax(np.array(scores).reshape(len(found), self._weights.shape[1]))

    def save(self) -> Part:
        return Part(self.name, State(meta={"column": self._column}, files=self._files))

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        files = part.state.files
        return cls(part.state.meta["column"], files["tokenizer.json"], files["weights.safetensors"])


def write_bfloat16(path: Path, weights: Floats32) -> None:
    """A safetensors file of one array in bfloat16: the upper halves of float32 numbers."""
    halves = (np.ascontiguousarray(weights).view(np.uint32) >> 16).astype("<u2")
    entry = {"dtype": "BF16", "shape": list(weights.shape), "data_offsets": [0, halves.nbytes]}
    header = json.dumps({"weights": entry}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + halves.tobytes())


def read_bfloat16(path: Path) -> Floats32:
    """The array that `write_bfloat16` wrote."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    shape = json.loads(content[8:start])["weights"]["shape"]
    return (np.frombuffer(content[start:], "<u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
