"""The verbs that answer rows, as `ratchet.classifier.Classifier` has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, overload

import polars as pl

from ratchet.arguments import as_switch
from ratchet.data.readers.files import files_of
from ratchet.data.readers.frames import ArrowStream, plain_row
from ratchet.data.readers.opened import File
from ratchet.data.readers.source import Readable, Source, readable
from ratchet.data.readers.sql import is_sql
from ratchet.errors import DataError, RowError
from ratchet.kinds.cells import shown
from ratchet.progress import Report, silent
from ratchet.registry.numbers import Named, named
from ratchet.registry.records import Records
from ratchet.serving import tabular
from ratchet.serving.answering import Answered, Answering, everybody
from ratchet.serving.closable import Closable
from ratchet.serving.explaining import explain
from ratchet.serving.explanation import Explanation
from ratchet.serving.live import Live
from ratchet.serving.prediction import Prediction
from ratchet.serving.predictor import Predictor
from ratchet.serving.request import Context, Request, Row, context, requests
from ratchet.serving.rows import example
from ratchet.serving.scoring import ScoredFile, score_file
from ratchet.spec import Spec


class IndexedFrame(ArrowStream, Protocol):
    """What pandas frames are to a type checker."""

    @property
    def index(self) -> Any: ...

    @property
    def iloc(self) -> Any: ...


Tags = Mapping[str, str]
_Pandas = TypeVar("_Pandas", bound=IndexedFrame)
Rows = Row | Sequence[Row] | Source
"""What `predict` takes: one row, a list of rows, a frame, or the path of a table."""

_TAKEN = "give one row as a dict, a list of rows, a pandas, Polars or Arrow table, or the path of a table"
_TEXTS = (str, bytes, bytearray, memoryview)


class Answers(Closable):
    """The verbs of a classifier that answers rows: one, many, or a table of them."""

    spec: Spec
    _answering: Answering
    _live: Live
    _records: Records

    @overload
    def predict(
        self, rows: Row, *, subject: str | None = None, tags: Tags | None = None, votes: bool = False,
        explain: bool = False,
    ) -> Prediction: ...  # fmt: skip
    @overload
    def predict(
        self, rows: Sequence[Row], *, subject: str | None = None, tags: Tags | None = None, votes: bool = False,
        explain: bool = False,
    ) -> list[Prediction]: ...  # fmt: skip
    @overload
    def predict(
        self, rows: str | os.PathLike[str], *, subject: str | None = None, tags: Tags | None = None
    ) -> pl.DataFrame: ...
    @overload
    def predict(self, rows: pl.LazyFrame, *, subject: str | None = None, tags: Tags | None = None) -> pl.LazyFrame: ...
    @overload  # a pandas frame is an Arrow stream too: it is told first
    def predict(  # type: ignore[overload-overlap]
        self, rows: _Pandas, *, subject: str | None = None, tags: Tags | None = None
    ) -> _Pandas: ...
    @overload
    def predict(self, rows: ArrowStream, *, subject: str | None = None, tags: Tags | None = None) -> pl.DataFrame: ...
    def predict(
        self, rows: Rows, *, subject: str | None = None, tags: Tags | None = None, votes: bool = False,
        explain: bool = False,
    ) -> Any:  # fmt: skip
        """An answer per row, in order, each in the log before this returns.

        One row (a dict) gives a `Prediction`, a list of rows a list of them.  A frame gives a frame of its kind: pandas
        with its index, Polars eager or lazy, any other Arrow table a Polars frame; and so does a path.  Its columns:
        ``label``; ``p_CLASS`` for each class, its probability from 0 to 1; ``set``, the classes that hold the true one
        as often as was promised (empty where nothing was); ``abstained``; ``id``, which feedback refers to.  Columns
        that the spec does not name, the label among them, are not looked at.

        ``subject`` is whose rows they are, as you name that person; ``tags`` are what you want the answers to be found
        by.  Predictions of rows that are dicts say with ``votes`` what each member of an ensemble answers by itself,
        where one answers, and with ``explain`` what in the row spoke for the label.  Raises `RowError` and
        `RequestError` that locate every mistake, `DataError` for what is no table or lacks a column,
        `UnavailableError` without a champion.  Nothing is answered where a row does not fit.
        """
        self._require_open()
        asked = context(
            subject=subject, tags=tags, votes=as_switch(votes, "votes"), explain=as_switch(explain, "explain")
        )
        if isinstance(rows, Mapping):
            return self._one(rows, asked)
        if isinstance(rows, Sequence) and not isinstance(rows, _TEXTS):
            return self._listed(rows, asked)
        table = self._table(rows)
        return tabular.as_given(self._answering.predict_table(table, asked), rows)

    def predict_file(
        self, source: Source, *, subject: str | None = None, tags: Tags | None = None
    ) -> Iterator[Answered]:
        """The answers to a table's rows, batch by batch, logged likewise; rows that cannot be read are set aside.

        ``source`` is what `ratchet.classifier.Classifier.ingest` takes; ``subject`` and ``tags`` are those of
        `predict`.  Each `Answered` is of about a thousand rows.
        """
        self._require_open()
        return self._answering.predict_file(readable(source), context(subject=subject, tags=tags))

    def answer(self, asked: Sequence[Request]) -> list[Prediction]:
        """An answer per request that a door has made; see `predict`."""
        self._require_open()
        return self._answering.predict(asked)

    def answer_file(
        self, path: str, asked: Context, name: str, *, admit: Callable[[int], None] = everybody
    ) -> Iterator[Answered]:
        """`predict_file` for a file that a door has been sent; messages call it ``name``.

        ``admit`` is told how many rows a batch has before they are answered, and raises what keeps them from that.
        """
        self._require_open()
        return self._answering.predict_file(File(Path(path), name), asked, admit=admit)

    def explain(self, row: Row, label: str | None = None, *, version: Named | None = None) -> Explanation:
        """What in a row spoke for a class, and what against it; nothing is logged.

        ``label`` is the class, by default the one that is answered; ``version`` answers, by default the champion.
        Raises `RowError` for a row that does not fit, and for a label that is no class.
        """
        self._require_open()
        plain = plain_row(row) if isinstance(row, Mapping) else row
        return explain(self._predictor(version), plain, label)

    def score(
        self,
        source: Source,
        output: str | os.PathLike[str],
        *,
        version: Named | None = None,
        votes: bool = False,
        progress: Report = silent,
    ) -> ScoredFile:
        """Answer every row of a table into the file ``output``; not logged, since the file is the record.

        ``output`` is a ``.csv``, ``.jsonl`` or ``.parquet``, with a row of answers for each row that can be read;
        ``version`` answers, by default the champion; with ``votes``, columns say what each member of an ensemble says.
        """
        self._require_open()
        table, path = readable(source), _path(output)
        return score_file(table, self._predictor(version), path, votes=as_switch(votes, "votes"), progress=progress)

    def _predictor(self, version: Named | None) -> Predictor:
        """The version that was named, or the champion."""
        if version is None:
            return self._live.predictor
        number = named(version)
        return Predictor(self._records.versions.bundle(number), number, names=self.spec.labels)

    def _one(self, row: Row, asked: Context) -> Prediction:
        try:
            return self._listed([row], asked)[0]
        except RowError as error:
            if not _are_columns(row):
                raise
            todo = "a dict is one row, a value for each column; several rows are a list of dicts or a frame"
            raise RowError(error.problem, todo=todo, problems=error.problems) from None

    def _listed(self, rows: Sequence[Row], asked: Context) -> list[Prediction]:
        plain = [plain_row(row) if isinstance(row, Mapping) else row for row in rows]
        return self._answering.predict(requests(self.spec.name, plain, asked))

    def _table(self, rows: object) -> Readable:
        """A table to answer; what to send in its place where a text is no path of one."""
        table = readable(rows, taken=_TAKEN)
        if isinstance(table, str) and not is_sql(table):
            try:
                files_of(table)
            except (DataError, OSError, ValueError) as error:
                problem = error.problem if isinstance(error, DataError) else f"{shown(table)} is no path"
                row = dict(list(example(self._live.held(self.spec).features).items())[:2])
                raise DataError(
                    f"{problem} (a text is taken for the path of a table)",
                    todo=f"check the path; one row is sent as a dict: predict({row})",
                ) from None
        return table


def _path(output: object) -> Path:
    if isinstance(output, str | os.PathLike):
        return Path(os.fsdecode(output))
    raise DataError(
        f"an output is the path of a file to write, and {shown(output)} is none", todo='give one, such as "out.csv"'
    )


def _are_columns(row: Row) -> bool:
    """Whether a row looks like a whole table, a list of values for each column."""
    return bool(row) and all(isinstance(values, list | tuple) for values in row.values())
