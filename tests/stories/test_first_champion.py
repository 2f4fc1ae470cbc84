"""The main job, from a table to answers, as a user types it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ratchet
from tests.stories.scenes import Shell, loans, quicken


def test_from_a_table_to_answers_by_the_command_line(shell: Shell, table: Path) -> None:
    folder = shell.folder
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(folder)
    taken = shell("ingest", table, "--json")
    assert taken.code == 0, taken.err
    assert taken.document["rows"] == taken.document["added"] == 1_500
    assert shell("check").code == 0

    trained = shell("train", "--json")
    assert trained.code == 0, trained.err
    document = trained.document
    assert set(document) >= {"version", "family", "dataset", "holdout", "metrics", "baselines", "decision", "findings"}
    assert document["version"] == "1"
    assert document["decision"]["outcome"] == "promote"
    assert set(document["baselines"]) == {"majority.v1", "one_feature.v1"}
    for measured in document["metrics"].values():
        assert measured["low"] <= measured["value"] <= measured["high"]
        assert measured["n"] > 0
        assert measured["method"]
    assert document["metrics"]["accuracy"]["value"] > document["baselines"]["majority.v1"]["accuracy"]["value"]
    assert all(check["sentence"] for check in document["decision"]["checks"])
    assert any(note.startswith("The best one-feature rule: ") for note in document["notes"])
    assert document["sets"]["promised"] == 0.95

    shown = shell("show")
    assert shown.code == 0, shown.err
    assert "champion" in shown.out
    assert document["summary"] in shown.out

    questions = folder / "questions.csv"
    loans(50, seed=1).drop("outcome").write_csv(questions)
    answered = shell("predict", questions, "-o", folder / "answers.csv")
    assert answered.code == 0, answered.err
    answers = pl.read_csv(folder / "answers.csv")
    assert len(answers) == 50
    assert set(answers["label"]) <= {"good", "bad"}
    _fitted_again(shell, document)


def _fitted_again(shell: Shell, champion: Any) -> None:
    """The champion's recipe learns newer rows without a search, and that is said."""
    newer = shell.folder / "newer.csv"
    loans(60, seed=1).write_csv(newer)
    fitted = shell("train", newer, "--recipe", "champion", "--json")
    assert fitted.code in {0, 1}, fitted.err
    found = fitted.document
    assert (found["version"], found["family"]) == ("2", champion["family"])
    assert found["dataset"] != champion["dataset"]
    (only,) = found["trials"]
    (chosen,) = [each for each in champion["trials"] if each["rule"]]
    assert [only[each] for each in ("params", "encoders")] == [chosen[each] for each in ("params", "encoders")]
    assert only["rule"] == "the recipe of version 1, as asked; nothing was searched"
    assert "this is the recipe of version 1, as asked; nothing was searched" in found["training_notes"]


def test_from_a_table_to_answers_in_python(tmp_path: Path, table: Path) -> None:
    ratchet.init(str(table), "outcome", root=tmp_path)
    quicken(tmp_path)
    with ratchet.open(tmp_path, tracking_uri="off") as classifier:
        assert classifier.ingest(str(table)).dataset.rows == 1_500
        decision = classifier.train()
        assert decision.outcome == "promote", str(decision)
        answers = classifier.predict(classifier.examples(5))
        assert [answer.version for answer in answers] == ["1"] * 5
        assert classifier.champion() == "1"
    with closing(sqlite3.connect(tmp_path / ".ratchet" / "ratchet.db")) as database, database:
        logged = database.execute("select id, label from predictions").fetchall()
    assert sorted(logged) == sorted((answer.id, answer.label) for answer in answers)


def test_a_second_training_on_the_same_rows_asks_nothing_and_says_so(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(shell.folder)
    first = shell("train", table, "--json")
    again = shell("train", table, "--json")
    assert "Nothing to learn: version 1 has learned these very rows" in again.err
    assert "The holdout was not asked." in again.err
    assert again.code == first.code == 0
    assert again.document == first.document


def test_a_second_training_on_a_few_rows_more_is_held_and_says_why(tmp_path: Path, table: Path) -> None:
    ratchet.init(str(table), "outcome", root=tmp_path)
    quicken(tmp_path)
    with ratchet.open(tmp_path, tracking_uri="off") as classifier:
        assert classifier.train(str(table)).outcome == "promote"
        more = tmp_path / "more.csv"
        loans(60, seed=1).write_csv(more)
        again = classifier.train(str(more))
        assert again.outcome in {"hold", "need_data"}
        assert again.version == "2"
        assert classifier.champion() == "1"
        assert classifier.show("2")["holdout"]["uses"] >= 1
        with pytest.raises(ratchet.RatchetError, match="was not let through by the gate"):
            classifier.promote("2", reason="I like it")
        classifier.promote("2", reason="the owner asked for it", override=True)
        assert classifier.champion() == "2"
        assert classifier.rollback(reason="he changed his mind") == "1"
        assert [(event.event, event.version) for event in classifier.ledger()] == [
            ("promoted", "1"),
            ("promoted", "2"),
            ("rolled_back", "1"),
        ]
        reasons = [event.reason for event in classifier.ledger()]
        assert reasons[1:] == ["the owner asked for it", "he changed his mind"]


def test_rows_keep_their_sides_as_the_table_grows(tmp_path: Path, table: Path) -> None:
    ratchet.init(str(table), "outcome", root=tmp_path)
    more = tmp_path / "more.csv"
    pl.concat([loans(1_500), loans(400, seed=7)]).sample(fraction=1, shuffle=True, seed=1).write_csv(more)
    with ratchet.open(tmp_path, tracking_uri="off") as classifier:
        classifier.ingest(str(table))
        before = dict(classifier.frame().select("_id", "_side").iter_rows())
        grown = classifier.ingest(str(more))
        assert (grown.added, grown.repeated, grown.dataset.rows) == (400, 1_500, 1_900)
        after = dict(classifier.frame().select("_id", "_side").iter_rows())
        assert before.items() <= after.items()
        assert classifier.ingest(str(more)).dataset.id == grown.dataset.id


def test_json_goes_to_standard_output_and_prose_to_standard_error(shell: Shell, table: Path) -> None:
    started = shell("init", table, "--label", "outcome", "--json")
    assert json.loads(started.out)["spec"]["label"] == "outcome"
    wrong = shell("init", table, "--label", "outcom", "--force", "--json")
    assert wrong.code == 2
    assert json.loads(wrong.out)["error"]
    assert "outcome" in wrong.err


def test_new_rows_that_are_not_as_the_ones_before_are_said(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    assert shell("ingest", table).code == 0
    richer = shell.folder / "richer.csv"
    loans(300, seed=9).with_columns(income=pl.col("income") * 3).write_csv(richer)
    taken = shell("ingest", richer, "--json")
    assert taken.code == 0, taken.err
    drifted = [finding["column"] for finding in taken.document["findings"] if finding["check"] == "drift"]
    assert "income" in drifted
    assert "age" not in drifted
