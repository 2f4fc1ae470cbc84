"""Scoring files."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ratchet.errors import DataError, FullDiskError, PathError
from ratchet.progress import Progress
from ratchet.serving.answering import Answering
from ratchet.serving.live import Live
from ratchet.serving.predictor import Predictor
from ratchet.serving.request import Context, Request
from ratchet.serving.scoring import score_file

HEADER = "text,plan,age,since\n"


@pytest.fixture
def predictor(opened: Callable[..., Any]) -> Predictor:
    return Predictor(opened(), "1")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    lines = [f"so {'good' if at % 2 else 'bad'} {at},gold,{at},2024-05-31\n" for at in range(1, 101)]
    lines[9] = "so good,gold,twelve,2024-05-31\n"
    lines[19] = "too,many,1,2024-05-31,fields\n"
    path.write_text(HEADER + "".join(lines))
    return path


def read(path: Path) -> pl.DataFrame:
    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        ".csv": pl.read_csv, ".jsonl": pl.read_ndjson, ".parquet": partial(pl.read_parquet, glob=False),
    }  # fmt: skip
    return readers[path.suffix](path)


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet", "[1]*.parquet"])
@pytest.mark.parametrize("batch_rows", [7, 50_000])
def test_every_good_row_is_answered_and_every_bad_one_set_aside(
    predictor: Predictor, source: Path, tmp_path: Path, name: str, batch_rows: int
) -> None:
    done: list[Progress] = []
    scored = score_file(str(source), predictor, tmp_path / name, batch_rows=batch_rows, progress=done.append)
    answers = read(tmp_path / name)
    assert answers["row"].to_list() == [at for at in range(1, 101) if at not in {10, 20}]
    assert (scored.rows, scored.bad, done[-1].done) == (98, 2, 100)
    one = predictor.predict([{"text": "so good 33", "plan": "gold", "age": 33, "since": "2024-05-31"}])[0]
    row = answers.filter(pl.col("row") == 33).row(0, named=True)
    assert (row["label"], row["name"]) == (one.label, one.name)
    assert [row["confidence"], row["confidence_2"]] == pytest.approx([score.score for score in one.scores])
    assert scored.quarantine is not None
    aside = [json.loads(line) for line in scored.quarantine.read_text().splitlines()]
    assert [(each["row"], each["column"]) for each in aside] == [(10, "age"), (20, None)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, f"{name}.bad.jsonl", "rows.csv"])


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("wrong,columns\n1,2\n", "out.csv", "has no column"),
        (HEADER, "out.csv", "no rows"),
        (HEADER + "a,b,c,d\n", "out.csv", "1 are set aside|1 is set aside"),
        (HEADER + "a,b,1,2024-05-31\n", "out.xlsx", "endings"),
        (HEADER + "a,b,1,2024-05-31\n", "nowhere/out.csv", "folder"),
    ],
)
def test_a_failure_leaves_what_was_there(
    predictor: Predictor, tmp_path: Path, text: str, name: str, message: str
) -> None:
    (tmp_path / "rows.csv").write_text(text)
    (tmp_path / "out.csv").write_text("from before")
    with pytest.raises((DataError, PathError), match=message):
        score_file(str(tmp_path / "rows.csv"), predictor, tmp_path / name)
    assert (tmp_path / "out.csv").read_text() == "from before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "rows.csv"]


def test_answers_of_a_file_are_recorded_batch_by_batch_and_counted(opened: Callable[..., Any], source: Path) -> None:
    recorded: list[Request] = []

    def record(asked: Sequence[Request], answers: Sequence[Any]) -> None:
        assert len(asked) == len(answers)
        recorded.extend(asked)

    answering = Answering("films", Live(lambda: "1", lambda _: opened()), record)
    found = list(answering.predict_file(str(source), Context(subject="ann")))
    assert sum(len(part.predictions) for part in found) == len(recorded) == answering.counts().answered == 98
    assert recorded[0].row["text"] == "so good 1"
    assert {(each.classifier, each.subject) for each in recorded} == {("films", "ann")}
    assert set(recorded[0].row) == {"text", "plan", "age", "since"}
    assert [bad.row for part in found for bad in part.bad] == [10, 20]


def test_odd_values_of_a_file_are_counted(opened: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text(HEADER + "a,platinum,,2024-05-31\n,gold,NA,\n")
    answering = Answering("films", Live(lambda: "1", lambda _: opened()), lambda asked, answers: None)
    list(answering.predict_file(str(tmp_path / "odd.csv"), Context()))
    assert answering.counts().missing == {"text": 1, "age": 2, "since": 1}
    assert answering.counts().unknown == {"plan": 1}


def test_a_column_that_training_left_out_may_be_absent_and_no_other(opened: Callable[..., Any], tmp_path: Path) -> None:
    predictor = Predictor(opened(unread=("since", "plan")), "1")
    (tmp_path / "rows.csv").write_text("text,age\nso good,3\nso bad,4\n")
    score_file(str(tmp_path / "rows.csv"), predictor, tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")["label"].to_list() == ["good", "bad"]
    answers = predictor.answer([{"text": "so good", "age": 3}, {"text": "so bad", "age": 4}])
    assert [each.label for each in answers.predictions] == ["good", "bad"]
    (tmp_path / "rows.csv").write_text("text\nso good\n")
    with pytest.raises(DataError, match="has no column 'age'"):
        score_file(str(tmp_path / "rows.csv"), predictor, tmp_path / "out.csv")


def test_the_rows_are_not_replaced_by_their_answers(predictor: Predictor, source: Path) -> None:
    before = source.read_bytes()
    with pytest.raises(DataError, match="would replace the rows"):
        score_file(str(source), predictor, source.parent / "." / source.name)
    assert source.read_bytes() == before


def test_a_full_disk_is_told_as_such_and_leaves_nothing(
    predictor: Predictor, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ratchet.serving.output.Table.write", full)
    with pytest.raises(FullDiskError, match="was not written"):
        score_file(str(source), predictor, tmp_path / "answers.csv")
    assert sorted(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("output", ["", ".", "..", "/", "none/x.csv"])
def test_an_output_that_is_no_file_is_told(predictor: Predictor, source: Path, output: str) -> None:
    with pytest.raises(PathError):
        score_file(str(source), predictor, Path(output))


def test_what_cannot_be_written_is_named_as_it_was_asked_for(
    predictor: Predictor, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="cannot write /dev/full"):
        score_file(str(source), predictor, Path("/dev/full"))

    def refused(self: Path, *_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "bad.csv").write_text(source.read_text().splitlines()[0] + "\n,,,,,,,,,\n")
    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(DataError) as caught:
        score_file(str(tmp_path / "bad.csv"), predictor, tmp_path / "x.csv")
    assert caught.value.problem == f"{tmp_path / 'x.csv'} cannot be written: Permission denied"
