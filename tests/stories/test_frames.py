"""The main job from frames, dicts and paths of every kind: the same rows in, the same kind out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import ratchet
from ratchet.classifier import context
from ratchet.errors import DataError, NotFoundError, PathError, RatchetError, RowError, UnavailableError, WorkspaceError
from tests.stories.scenes import loans, quicken

LABEL = "outcome"


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return loans(1_500)


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory, frame: pl.DataFrame) -> Path:
    path = tmp_path_factory.mktemp("tables") / "loans.csv"
    frame.write_csv(path)
    return path


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, csv: Path) -> Iterator[ratchet.Classifier]:
    """A classifier that was drafted, trained and promoted from a pandas frame."""
    root = tmp_path_factory.mktemp("Home loans")
    frame = pd.read_csv(csv)
    assert ratchet.init(frame, LABEL, root=root).spec.name.startswith("home-loans")
    quicken(root)
    with ratchet.open(root, tracking_uri="off") as opened:
        assert opened.train(frame).outcome == "promote"
        yield opened


KINDS: dict[str, Callable[[Path, pl.DataFrame], Any]] = {
    "text": lambda path, frame: str(path),
    "path": lambda path, frame: path,
    "glob": lambda path, frame: path.parent / "*.csv",
    "pandas": lambda path, frame: pd.read_csv(path),
    "objects": lambda path, frame: pd.DataFrame(frame.to_dict(as_series=False)).astype(object),
    "nullable": lambda path, frame: pd.read_csv(path).convert_dtypes(),
    "polars": lambda path, frame: frame,
    "lazy": lambda path, frame: frame.lazy(),
    "scan": lambda path, frame: pl.scan_csv(path),
    "dicts": lambda path, frame: frame.to_dicts(),
    "columns": lambda path, frame: frame.to_dict(as_series=False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_are_the_same_dataset_wherever_they_come_from(
    box: ratchet.Classifier, csv: Path, frame: pl.DataFrame, kind: str
) -> None:
    taken = box.ingest(KINDS[kind](csv, frame))
    assert (taken.added, taken.repeated, taken.bad) == (0, 1_500, 0)


def test_a_dataset_from_frames_has_the_id_of_one_from_the_file(
    tmp_path: Path, box: ratchet.Classifier, csv: Path, frame: pl.DataFrame
) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "ratchet.toml").write_text((box.settings.root / "ratchet.toml").read_text())
    with ratchet.open(tmp_path / "one", tracking_uri="off") as other:
        taken = other.ingest(frame.head(700), pd.read_csv(csv).iloc[700:1_000], frame[1_000:].to_dicts())
        assert taken.added == 1_500
        assert taken.dataset.source == "Polars frame, pandas frame, list of rows"
    with ratchet.open(tmp_path / "two", tracking_uri="off") as other:
        assert other.ingest(csv).dataset.id == taken.dataset.id


def test_answers_come_in_the_kind_that_was_asked(box: ratchet.Classifier, csv: Path, frame: pl.DataFrame) -> None:
    columns = ["label", "p_bad", "p_good", "set", "abstained", "id"]
    table = pd.read_csv(csv).sample(frac=0.1, random_state=0)
    of_pandas = box.predict(table, subject="ann")
    assert isinstance(of_pandas, pd.DataFrame)
    assert of_pandas.index.equals(table.index)
    assert list(of_pandas.columns) == columns
    assert (of_pandas["label"] == table[LABEL]).mean() > 0.7

    of_polars = box.predict(frame)
    assert isinstance(of_polars, pl.DataFrame)
    assert of_polars.columns == columns
    of_lazy = box.predict(frame.lazy())
    assert isinstance(of_lazy, pl.LazyFrame)
    for other in (of_lazy.collect(), box.predict(csv), box.predict(str(csv)), box.predict(csv.parent / "*.csv")):
        assert other.drop("id").equals(of_polars.drop("id"))
        assert not {*other["id"]} & {*of_polars["id"]}
    assert np.allclose(of_pandas["p_good"], of_polars["p_good"].to_numpy()[table.index])

    rows = frame.head(3).to_dicts()
    listed = box.predict(rows)
    assert [each.label for each in listed] == of_polars["label"].head(3).to_list()
    one = box.predict(rows[0])
    assert (one.label, one.scores) == (listed[0].label, listed[0].scores)
    assert box.predict([]) == []
    assert box.predict(table.head(2).to_dict("records"))[1].label == of_pandas["label"].iloc[1]


def test_every_answer_of_a_frame_is_in_the_log_and_may_get_its_label(
    box: ratchet.Classifier, frame: pl.DataFrame
) -> None:
    before, logged = box.counts().answered, box.spooled().logged
    answers = box.predict(frame.head(1_200))
    assert box.counts().answered - before == box.spooled().logged - logged == 1_200
    assert box.feedback(answers["id"][-1], "good").label == "good"


def test_a_row_that_does_not_fit_stops_all_and_is_found_again(box: ratchet.Classifier, csv: Path) -> None:
    table = pd.read_csv(csv).head(1_300).astype({"age": object}).set_index("purpose", append=True)
    table.loc[table.index[1_250], "age"] = "old"
    before = box.counts().answered
    with pytest.raises(DataError, match="no column 'purpose'"):
        box.predict(table)
    with pytest.raises(RowError) as caught:
        box.predict(table.assign(purpose="car"))
    assert str(caught.value.problems[0]).startswith("pandas frame, row 1251 (index (1250, ")
    assert box.counts().answered == before


def test_a_row_of_a_file_that_does_not_fit_is_located(tmp_path: Path, box: ratchet.Classifier) -> None:
    (tmp_path / "bad.csv").write_text("income,age,housing,purpose\n1,2,own,car\n1,old,own,car\n")
    with pytest.raises(RowError, match=r"bad\.csv, row 2: age: found 'old', expected a number"):
        box.predict(tmp_path / "*.csv")


def test_versions_go_by_number_or_text_and_files_by_path_or_text(
    tmp_path: Path, box: ratchet.Classifier, csv: Path, frame: pl.DataFrame
) -> None:
    assert box.show(1)["version"] == box.show("1")["version"] == "1"
    assert "<html" in box.page(1)
    assert box.scorecard(1) == box.scorecard("1")
    for source in (str(csv), csv, frame, frame.to_dicts()):
        done = box.score(source, str(tmp_path / "out.csv"), version=1)
        assert done.rows == 1_500
        assert done.output.exists()
    assert sum(len(part.predictions) for part in box.predict_file(csv)) == 1_500
    assert sum(len(part.predictions) for part in box.predict_file(pd.read_csv(csv))) == 1_500


def test_a_second_version_from_frames_is_compared_promoted_and_rolled_back_by_number(
    box: ratchet.Classifier,
) -> None:
    box.train(loans(300, seed=5), pd.DataFrame(loans(200, seed=6).to_dict(as_series=False)), promote=False)
    assert box.compare(1, 2)
    assert box.promote(2, override=True, reason="to try the way back").version == "2"
    assert box.rollback(to=1) == box.champion() == "1"


WRONG: dict[str, tuple[Callable[[Any], object], str]] = {
    "nothing": (lambda box: box.ingest(), "no table was given"),
    "a series": (lambda box: box.train(pd.Series([1])), r"pandas\.Series is no table"),
    "None": (lambda box: box.ingest(None), "None is no table"),
    "a list of paths": (lambda box: box.ingest(["a.csv"]), "a list of str is no table"),
    "bytes": (lambda box: box.predict(b"a"), "bytes is no table"),
    "a number": (lambda box: box.predict(3), "type int is no table"),
    "an array": (lambda box: box.predict(np.zeros((2, 2))), r"numpy\.ndarray is no table"),
    "an iterator": (lambda box: box.predict(iter([{"age": 1}])), "list_iterator is no table"),
    "a text": (lambda box: box.predict("Is this good"), "no file Is this good .*path of a table"),
    "a long text": (lambda box: box.predict("good " * 5_000), "path of a table"),
    "a text with a NUL": (lambda box: box.predict("a\0b"), "path of a table"),
    "a list of texts": (lambda box: box.predict(["a"]), "row 1: found 'a', expected an object"),
    "a dict of columns": (lambda box: box.predict({"age": [1, 2]}), "row 1: age: found a list"),
    "a text for a bool": (lambda box: box.train(promote="yes"), "promote is a bool, and 'yes' is none"),
    "a text to override": (lambda box: box.promote(1, override="no"), "override is a bool"),
    "a number to look": (lambda box: box.show(1, look=1), "look is a bool"),
    "a text to correct": (lambda box: box.ingest([{"age": 1}], correct="no"), "correct is a bool"),
    "no frame to score": (lambda box: box.score(None, "out.csv"), "None is no table"),
    "no path to write": (lambda box: box.score([{"age": 1}], 3), "3 is none"),
    "half a version": (lambda box: box.show(1.5), r"1\.5 is none"),
    "a truth value": (lambda box: box.compare(True, 1), "True is none"),
    "no version": (lambda box: box.promote(None), "None is none"),
    "an empty version": (lambda box: box.promote(""), "'' is none"),
    "a version twice, once as text": (lambda box: box.compare(1, "1"), "the same version twice"),
    "a version never made": (lambda box: box.promote(99), "no version 99"),
    "a scored version": (lambda box: box.score([{"age": 1}], "out.csv", version=1.5), r"1\.5 is none"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_in_a_call_is_told_in_words(box: ratchet.Classifier, what: str) -> None:
    call, words = WRONG[what]
    with pytest.raises(RatchetError, match=words) as caught:
        call(box)
    assert caught.value.todo
    if "version" in what and not {"score", "scored", "twice,"} & set(what.split()):
        assert isinstance(caught.value, NotFoundError)


def test_what_was_asked_with_a_text_is_told_how_to_send_a_row(box: ratchet.Classifier) -> None:
    with pytest.raises(DataError) as caught:
        box.predict("Is this good?")
    assert "predict({'income': 1.0, 'age': 1.0})" in caught.value.todo


def test_predict_says_what_it_takes_which_is_no_dict_of_columns(box: ratchet.Classifier) -> None:
    with pytest.raises(DataError) as caught:
        box.predict(5)  # type: ignore[call-overload]
    assert "one row as a dict, a list of rows" in caught.value.todo
    assert "columns" not in caught.value.todo
    with pytest.raises(RowError) as columns:
        box.predict({"age": [30, 40], "income": [900, 800]})
    assert columns.value.todo.endswith("several rows are a list of dicts or a frame")
    with pytest.raises(RowError) as row:
        box.predict({"age": [30, 40], "income": 900})
    assert "several rows" not in row.value.todo


def test_mistakes_are_told_as_python_calls_too(tmp_path: Path, box: ratchet.Classifier, frame: pl.DataFrame) -> None:
    with pytest.raises(WorkspaceError) as there:
        ratchet.init(frame, LABEL, root=box.settings.root)
    assert "--force, or force=True" in there.value.todo
    with pytest.raises(NotFoundError) as missing:
        box.show(99)
    assert "classifier.versions()" in missing.value.todo
    with pytest.raises(NotFoundError) as none:
        box.promote(None)  # type: ignore[arg-type]
    assert none.value.todo == 'give one, such as 2 or "2"'
    with pytest.raises(RowError, match="expected bad, good") as label:
        box.feedback("1", "fine")
    assert "send one of those, spelled so" in label.value.todo
    with pytest.raises(DataError, match="was named to learn; it has income, age, housing, purpose, outcome"):
        ratchet.init(frame, None, root=tmp_path)
    with pytest.raises(DataError, match="it has income, age, housing, purpose, outcome") as column:
        ratchet.init(frame, "outcom", root=tmp_path)
    assert column.value.todo == "'outcom' may be 'outcome'; name one of its columns as the label"


def test_what_is_printed_is_short(box: ratchet.Classifier, frame: pl.DataFrame) -> None:
    took = box.ingest(frame)
    assert str(took) == (
        f"Dataset {took.dataset.id[:12]}: {took.dataset.rows:,} rows (0 new, 1,500 already there, 0 set aside)"
    )
    assert all(len(repr(each)) < 600 for each in box.check())
    assert repr(box) == f"Classifier({box.name!r}, {box.settings.root}, champion 1)"


def test_a_closed_classifier_says_so(box: ratchet.Classifier, tmp_path: Path) -> None:
    gone = ratchet.open(box.settings.root, tracking_uri="off")
    (row,) = gone.examples(1)
    assert gone.predict(row).label
    known = repr(gone)
    gone.close()
    gone.close()
    assert repr(gone) == known
    for call in CLOSED:
        with pytest.raises(UnavailableError, match="this classifier was closed") as caught:
            call(gone, row)
        assert "ratchet.open" in caught.value.todo
    assert gone.counts().answered == 1, "what it knows it still says"
    assert box.predict(row).label, "another one is not touched"


CLOSED: tuple[Callable[[ratchet.Classifier, dict[str, Any]], object], ...] = (
    lambda box, row: box.predict(row),
    lambda box, row: box.predict([row]),
    lambda box, row: box.predict(pl.DataFrame([row])),
    lambda box, row: box.predict_file([row]),
    lambda box, row: box.answer([]),
    lambda box, row: box.answer_file("a.csv", context(), "a"),
    lambda box, row: box.score([row], "a.csv"),
    lambda box, row: box.ingest([row]),
    lambda box, row: box.ingest_feedback(),
    lambda box, row: box.rotate(),
    lambda box, row: box.train(),
    lambda box, row: box.promote(1),
    lambda box, row: box.rollback(),
    lambda box, row: box.feedback("1", "good"),
)


@pytest.mark.parametrize("place", [5, None, ["a"]])
def test_a_folder_is_named_by_a_path(place: Any) -> None:
    for call in (ratchet.open, ratchet.System.open, lambda root: ratchet.init([{"a": 1}], "a", root=root)):
        if place is None and call is ratchet.open:
            continue  # the folder of the settings
        with pytest.raises(PathError, match="is named by a path"):
            call(place)


@pytest.mark.parametrize("label", [0, ["outcome"]])
def test_a_label_is_named_by_a_text(tmp_path: Path, frame: pl.DataFrame, label: Any) -> None:
    with pytest.raises(DataError, match="the label is named by a text"):
        ratchet.init(frame, label, root=tmp_path)
    assert not (tmp_path / "ratchet.toml").exists()
