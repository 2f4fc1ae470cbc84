"""A table's encoder: an encoder for every column, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np

from ratchet.arrays import Floats32
from ratchet.features.catalogue import encoder
from ratchet.features.encoder import Columns, CrossFitted, Encoder, Matrix, State, Target
from ratchet.features.folded import Scores, folded
from ratchet.features.matrix import side_by_side
from ratchet.kinds.kind import Kind

T = TypeVar("T")
_NO_DENSE = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Part:
    column: str
    kind: Kind
    encoder: Encoder


class TableEncoder:
    """Encodes each column and puts the outputs side by side: all dense ones in order, then all sparse ones.

    Promises what `Encoder` promises; columns that no encoder is named for are not seen.
    """

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = tuple(parts)

    @classmethod
    def fit(
        cls, columns: Columns, kinds: Mapping[str, Kind], encoders: Mapping[str, str], target: Target | None = None
    ) -> Self:
        """Fit an encoder to each column of ``encoders`` (column -> encoder's name), in that order.

        A supervised encoder needs the ``target``; the others are not given it.  Raises `SpecError` for a name there is
        none of.
        """
        parts = []
        for column, name in encoders.items():
            made = encoder(name)
            fitted = made().fit(columns[column], target if made.supervised else None)
            parts.append(_Part(column, kinds[column], fitted))
        return cls(parts)

    def beside(self, other: TableEncoder) -> TableEncoder:
        """One encoder whose outputs are these and then those of the other."""
        return TableEncoder((*self._parts, *other._parts))

    def transform(self, columns: Columns) -> Matrix:
        """Encode rows; every column of `columns` has to be given, of one length."""
        if len(self._parts) == 1:
            only = self._parts[0]
            return only.encoder.transform(columns[only.column])
        return side_by_side([part.encoder.transform(columns[part.column]) for part in self._parts])

    def cross_fitted(self, columns: Columns, target: Target, seed: int) -> Matrix:
        """The rows it was fitted to, as a model is to learn from them: no row encoded by its own label, where its
        encoders can do so.
        """
        return side_by_side([_cross_fitted(part, columns, target, seed) for part in self._parts])

    def folded(self, weights: Floats32) -> Callable[[Columns], tuple[Floats32, Floats32]] | None:
        """What gives the dense outputs of rows, and (rows, columns) the sums of their sparse cells times ``weights``.

        ``weights`` are (sparse outputs, columns).  None where an encoder with sparse outputs can be folded no further
        (`ratchet.features.folded`): then nothing is gained.
        """
        dense, sums, at = list[_Part](), list[tuple[str, Scores]](), 0
        for part in self._parts:
            own, width = part.encoder.widths
            if own or not width:
                dense.append(part)
            if width:
                scores = folded(part.encoder, weights[at : at + width])
                if own or scores is None:
                    return None
                sums.append((part.column, scores))
                at += width
        if not sums:
            return None
        (name, first), *others = sums

        def answer(columns: Columns) -> tuple[Floats32, Floats32]:
            found = [part.encoder.transform(columns[part.column]).dense for part in dense]
            total = first(columns[name])
            for other, scores in others:
                total = total + scores(columns[other])
            return np.concatenate(found, axis=1) if found else _NO_DENSE, total

        return answer

    @property
    def columns(self) -> dict[str, Kind]:
        """The columns it reads."""
        return {part.column: part.kind for part in self._parts}

    @property
    def parts(self) -> dict[str, Encoder]:
        """Column -> its encoder, in the order of the outputs."""
        return {part.column: part.encoder for part in self._parts}

    @property
    def widths(self) -> tuple[int, int]:
        """How many dense and how many sparse outputs there are."""
        each = [part.encoder.widths for part in self._parts]
        return sum(dense for dense, _ in each), sum(sparse for _, sparse in each)

    @property
    def codes(self) -> tuple[int, ...]:
        """The dense outputs that are codes of categories: whole numbers without an order."""
        widths = [part.encoder.widths[0] for part in self._parts]
        starts = [sum(widths[:at]) for at in range(len(widths))]
        coded = [getattr(part.encoder, "is_code", False) for part in self._parts]
        return tuple(start for start, is_code in zip(starts, coded, strict=True) if is_code)

    @property
    def known(self) -> dict[str, frozenset[str]]:
        """Column -> the values that training gave a meaning of their own, where not every value has one."""
        return {part.column: part.encoder.known for part in self._parts if part.encoder.known is not None}

    def names(self) -> list[str]:
        """A readable name per output, dense ones first: ``tenure``, ``contract = Two year``, ``text has 'mentor'``."""
        dense, sparse = [], []
        for part in self._parts:
            names = [f"{part.column} {name}".rstrip() for name in part.encoder.names()]
            width = part.encoder.widths[0]
            dense += names[:width]
            sparse += names[width:]
        return dense + sparse

    def state(self) -> State:
        """Everything needed to encode again; arrays, texts and files are named ``<column number>.<name>``."""
        states = [part.encoder.state() for part in self._parts]
        described = [
            {"column": part.column, "kind": str(part.kind), "encoder": part.encoder.name, "meta": dict(state.meta)}
            for part, state in zip(self._parts, states, strict=True)
        ]
        return State(
            meta={"columns": described},
            arrays={f"{i}.{key}": value for i, state in enumerate(states) for key, value in state.arrays.items()},
            texts={f"{i}.{key}": value for i, state in enumerate(states) for key, value in state.texts.items()},
            files={f"{i}.{key}": value for i, state in enumerate(states) for key, value in state.files.items()},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The encoder whose `state` this is, bit-equal; raises `SpecError` where an encoder is not installed."""
        parts = []
        for number, each in enumerate(state.meta["columns"]):
            arrays, texts, files = (
                _under(number, state.arrays),
                _under(number, state.texts),
                _under(number, state.files),
            )
            inner = State(each["meta"], arrays, texts, files)
            made = encoder(each["encoder"]).from_state(inner)
            parts.append(_Part(each["column"], Kind(each["kind"]), made))
        return cls(parts)


def _cross_fitted(part: _Part, columns: Columns, target: Target, seed: int) -> Matrix:
    made, column = part.encoder, columns[part.column]
    return made.cross_fitted(column, target, seed) if isinstance(made, CrossFitted) else made.transform(column)


def _under(number: int, named: Mapping[str, T]) -> dict[str, T]:
    prefix = f"{number}."
    return {key.removeprefix(prefix): value for key, value in named.items() if key.startswith(prefix)}
