"""Answers come back in the kind of frame that was asked with, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ratchet.data.readers.source import readable
from ratchet.errors import DataError, RowError
from ratchet.registry.bundle import Bundle
from ratchet.serving import tabular
from ratchet.serving.answering import FILE_ROWS, Answering
from ratchet.serving.live import Live
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import Context, Request

COLUMNS = ["label", "p_good", "p_bad", "set", "abstained", "id"]


class Log:
    """What was recorded, batch by batch."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[Request, Prediction]]] = []

    def __call__(self, asked: Sequence[Request], answers: Sequence[Prediction]) -> None:
        self.batches.append(list(zip(asked, answers, strict=True)))

    @property
    def all(self) -> list[tuple[Request, Prediction]]:
        return [each for batch in self.batches for each in batch]


@pytest.fixture(scope="module")
def bundle(opened: Callable[..., Bundle]) -> Bundle:
    return opened()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def answering(bundle: Bundle, log: Log) -> Answering:
    return Answering("films", Live(lambda: "1", lambda _: bundle), log)


def asked(rows: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "verdict": ["good"] * rows,
            "text": ["a good film", "a bad film"] * (rows // 2),
            "plan": pd.Categorical(["basic", "none such"] * (rows // 2)),
            "age": pd.array([1, None] * (rows // 2), dtype="Int64"),
            "since": pd.to_datetime(["2024-01-01", None] * (rows // 2)),
            "extra": ["\0"] * rows,
        },
        index=[f"i{n}" for n in range(rows)],
    )


def test_each_row_is_answered_and_recorded_once_and_in_batches(answering: Answering, log: Log) -> None:
    rows = 2 * FILE_ROWS + 500
    answers = answering.predict_table(readable(asked(rows)), Context(subject="ann"))
    assert answers.columns == COLUMNS
    assert answers["label"].to_list() == ["good", "bad"] * (rows // 2)
    assert max(map(len, log.batches)) <= FILE_ROWS
    assert answers["id"].to_list() == [given.id for _, given in log.all]
    assert log.all[1][0].row == {"text": "a bad film", "plan": "none such", "age": None, "since": None}
    assert {request.subject for request, _ in log.all} == {"ann"}
    counts = answering.counts()
    assert (counts.answered, counts.missing["age"], counts.unknown) == (rows, rows // 2, {"plan": rows // 2})


def test_a_frame_is_answered_as_its_rows_are(answering: Answering) -> None:
    frame = asked(4)
    answers = answering.predict_table(readable(frame), Context())
    rows = [{name: row[name] for name in ("text", "plan")} for row in frame.to_dict("records")]
    rows[0] |= {"age": 1, "since": "2024-01-01"}
    alone = answering.predict([Request(classifier="films", row=row) for row in rows[:2]])
    for place, one in enumerate(alone):
        scores = {each.label: each.score for each in one.scores}
        assert answers.row(place, named=True)["p_good"] == pytest.approx(scores["good"])
        assert answers["label"][place] == one.label
        assert tuple(answers["set"][place]) == one.set
    assert np.allclose(answers["p_good"] + answers["p_bad"], 1)


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["b", "a", "a", "c"]),
        pd.RangeIndex(10, 14),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1), ("b", 1)], names=["shop", "day"]),
        pd.date_range("2024-01-01", periods=4, name="day"),
    ],
)
def test_pandas_keeps_its_index(answering: Answering, index: pd.Index) -> None:
    frame = asked(4).set_axis(index)
    answers = tabular.as_given(answering.predict_table(readable(frame), Context()), frame)
    assert isinstance(answers, pd.DataFrame)
    assert answers.index.equals(index)
    assert answers.index.names == index.names
    assert list(answers.columns) == COLUMNS
    assert answers["set"].map(type).eq(tuple).all()
    assert answers["p_good"].dtype == np.float64
    assert answers["abstained"].dtype == bool


def test_polars_gets_polars_as_eager_or_lazy_as_it_came(answering: Answering) -> None:
    frame = pl.DataFrame(
        {"text": ["good", "bad"], "plan": ["basic", "gold"], "age": [1, 2], "since": ["2024-01-01", None]}
    )
    for source in (frame, frame.lazy()):
        answers = tabular.as_given(answering.predict_table(readable(source), Context()), source)
        assert type(answers) is type(source)
        assert answers.lazy().collect()["label"].to_list() == ["good", "bad"]


def test_no_row_is_answered_where_one_does_not_fit(answering: Answering, log: Log) -> None:
    rows = 2 * FILE_ROWS
    frame = asked(rows).astype({"age": object, "since": object})
    frame.iloc[rows - 2, 3], frame.iloc[rows - 1, 4] = "old", "yesterday"
    with pytest.raises(RowError, match="2 mistakes") as caught:
        answering.predict_table(readable(frame), Context())
    first, second = caught.value.problems
    assert first.where == f"pandas frame, row {rows - 1} (index 'i{rows - 2}'): age"
    assert (first.found, first.expected) == ("'old'", "a number")
    assert second.where.endswith(": since")
    assert log.all == []
    assert answering.counts().answered == 0


def test_of_many_mistakes_some_are_listed_and_all_counted(answering: Answering) -> None:
    frame = pl.DataFrame({"text": ["a"] * 1_500, "plan": ["b"] * 1_500, "age": ["x"] * 1_500, "since": [None] * 1_500})
    with pytest.raises(RowError, match="1500 mistakes; the first 100 are listed") as caught:
        answering.predict_table(readable(frame), Context())
    assert len(caught.value.problems) == 100


def test_a_cell_that_no_row_may_have_is_located(answering: Answering) -> None:
    frame = pl.DataFrame({"text": ["a", "b\0"], "plan": ["b", "b"], "age": [1, 2], "since": [None, None]})
    with pytest.raises(RowError) as caught:
        answering.predict_table(readable(frame), Context())
    assert str(caught.value.problems[0]) == (
        "Polars frame, row 2: text: found 'b\\x00', expected a text, not a NUL character"
    )


@pytest.mark.parametrize("rows", [0, 4])
def test_a_column_that_is_missing_is_told(answering: Answering, log: Log, rows: int) -> None:
    frame = asked(rows).rename(columns={"text": "Text"})
    with pytest.raises(DataError, match="pandas frame has no column 'text'") as caught:
        answering.predict_table(readable(frame), Context())
    assert "'text' may be 'Text'" in caught.value.todo
    assert log.all == []


def test_no_rows_give_no_answers(answering: Answering, log: Log) -> None:
    frame = asked(2).head(0)
    answers = tabular.as_given(answering.predict_table(readable(frame), Context()), frame)
    assert answers.shape == (0, len(COLUMNS))
    assert list(answers.columns) == COLUMNS
    assert log.all == []


def test_a_column_that_the_model_left_out_may_be_absent(opened: Callable[..., Bundle], log: Log) -> None:
    bundle = opened(unread=("age", "since"))
    answering = Answering("films", Live(lambda: "1", lambda _: bundle), log)
    frame: Any = asked(2)[["text", "plan"]]
    assert answering.predict_table(readable(frame), Context())["label"].to_list() == ["good", "bad"]


def test_a_file_that_changes_between_two_looks_is_not_answered_in_part(
    tmp_path: Path, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,plan,age,since\na good film,basic,1,\n")
    looked = tabular.check_rows

    def then_changed(*given: Any) -> None:
        looked(*given)
        path.write_text("text,plan,age,since\na good film,basic,old,\n")

    monkeypatch.setattr(tabular, "check_rows", then_changed)
    with pytest.raises(DataError, match="changed while it was read"):
        answering.predict_table(str(path), Context())
