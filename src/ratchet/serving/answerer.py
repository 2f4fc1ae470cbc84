"""The Answerer: rows to ranked classes and sets, with nothing but NumPy beneath it, so that it can answer anywhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats64, Probabilities
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.models.conformal import Conformal
from ratchet.models.pipeline import Pipeline
from ratchet.serving.request import Row
from ratchet.serving.rows import MOST_TEXT, RowParser

AT_ONCE = 2_000_000
"""Characters of texts that are answered at once: what their encoding takes for a while is a hundred times that."""
_FEW = 16
"""Up to so many classes are ranked in plain Python."""

Best = tuple[list[int], list[float]]
"""Class indices, best first, and their probabilities."""


class Answerer:
    """A pipeline, and all that its answers take besides.  Holds no state between calls, so threads may share it."""

    def __init__(
        self,
        pipeline: Pipeline,
        sets: Conformal | None,
        *,
        features: Mapping[str, Kind],
        classes: Sequence[str],
        top: int,
        factors: Sequence[float] | None = None,
        most_text: int = MOST_TEXT,
    ) -> None:
        """``features`` are the columns of a row, ``top`` how many classes are ranked, ``factors`` (classes,) what each
        class's probability counts for in that.
        """
        self._pipeline = pipeline
        self._sets = sets
        self._factors = factors
        self._rows = RowParser(features, pipeline.known, most_text=most_text)
        self._texts = tuple(name for name, kind in features.items() if kind is Kind.TEXT)
        self._classes = tuple(classes)
        self._top = min(top, len(self._classes))

    @property
    def reads(self) -> Collection[str]:
        """The columns that its answers depend on; the schema may have others, which training left out."""
        return self._pipeline.columns.keys()

    def columns(self, rows: Sequence[Row]) -> Columns:
        """Rows as the columns that are read; raises `RowError` that locates every mistake."""
        return self._rows.parse(rows).columns

    def probabilities(self, columns: Columns) -> Probabilities:
        """(rows, classes) probabilities of rows that are columns already, of few at once where their texts are long."""
        return self.by_runs(self._pipeline.predict, columns)

    def by_runs(self, answer: Callable[[Columns], Floats64], columns: Columns) -> Floats64:
        """What ``answer`` says of rows, with rows and classes as its last axes, of few at once as `probabilities`."""
        ends = self._ends(columns)
        if len(ends) < 2:
            return answer(columns)
        parts = [
            answer({name: column[start:end] for name, column in columns.items()}) for start, end in pairwise([0, *ends])
        ]
        return np.concatenate(parts, axis=-2)

    def _ends(self, columns: Columns) -> list[int]:
        """Where runs of rows end that are answered at once: with `AT_ONCE` characters at most, or one row."""
        texts = [columns[name] for name in self._texts if name in columns]
        if not texts or len(texts[0]) == 1:
            return []
        # AT_ONCE 10, texts of 4, 4, 4, 30, 1 characters: the runs 4 + 4, 4, 30 and 1 end at 2, 3, 4, 5.
        ends, held = [], 0
        for at, lengths in enumerate(zip(*[[len(each or "") for each in text] for text in texts], strict=True)):
            size = sum(lengths)
            if held and held + size > AT_ONCE:
                ends.append(at)
                held = 0
            held += size
        return [*ends, len(texts[0])]

    def unknown(self, columns: Columns) -> dict[str, int]:
        """Column -> categories never seen in training, where there are any."""
        return self._rows.unknown(columns)

    def sets(self, probabilities: Probabilities) -> Sequence[Sequence[int]] | None:
        """The prediction sets as class indices, or None where the version promises no coverage."""
        return None if self._sets is None else self._sets.sets(probabilities)

    def best(self, probabilities: Probabilities, top: int | None = None) -> tuple[npt.NDArray[np.intp], Probabilities]:
        """The indices of each row's best classes, and their probabilities: its label first; equals in class order.

        ``top`` says how many; by default as many as the spec says.
        Best is what is most probable or, where there are class factors, the largest probability times factor.
        """
        ranked = probabilities if self._factors is None else probabilities * self._factors
        order = np.argsort(-ranked, axis=1, kind="stable")[:, : top or self._top]
        return order, np.take_along_axis(probabilities, order, axis=1)

    def ranked(self, probabilities: Probabilities, top: int | None = None) -> list[Best]:
        """`best` as lists; for a few rows of a few classes, NumPy's calls cost more than what they do."""
        if len(self._classes) > _FEW:
            order, scores = self.best(probabilities, top)
            return list(zip(order.tolist(), scores.tolist(), strict=True))
        found, top = [], top or self._top
        for row in probabilities.tolist():
            ranked = row if self._factors is None else [p * f for p, f in zip(row, self._factors, strict=True)]
            few = sorted(range(len(row)), key=ranked.__getitem__, reverse=True)[:top]
            found.append((few, [row[at] for at in few]))
        return found
