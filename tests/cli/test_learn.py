"""What `train`, `show` and `compare` print, of a classifier that says what the test wants."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from typer.testing import CliRunner, Result

import ratchet
from ratchet.cli.main import app


def measured(value: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 100, "method": "wilson", **more}


def document(**more: Any) -> dict[str, Any]:
    """A held version, as `show` tells of it."""
    check = {"rule": "better", "passed": False, "sentence": "Not shown to be better than the champion."}
    return {
        "version": "2", "family": "linear.v1", "stage": "held", "train_seconds": None, "metric": "pr_auc",
        "summary": "Better than guessing. Not shown to be better than the champion. PR-AUC of Yes about 0.8.",
        "notes": [], "findings": [], "sets": None, "gap": None, "pending": None, "pretrained": [],
        "headings": {"accuracy": "Accuracy", "pr_auc": "PR-AUC of Yes"},
        "metrics": {"accuracy": measured(0.84, 0.82, 0.86), "pr_auc": measured(0.8, 0.7, 0.9, approximate=True)},
        "baselines": {"majority.v1": {"accuracy": measured(0.6, 0.6, 0.6), "pr_auc": measured(0.3, 0.3, 0.3)}},
        "decision": {"outcome": "hold", "sentence": check["sentence"], "checks": [check]},
        "holdout": {"rows": 100, "shown": "rounded", "reading": "THE READING", "sentence": "THE STANDING"},
        **more,
    }  # fmt: skip


class Stub:
    """A classifier with one document; it remembers what it was asked."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        self.asked: list[tuple[str, bool]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def train(self, *_: str, **__: Any) -> SimpleNamespace:
        return SimpleNamespace(version="2", outcome="need_data")

    def show(self, version: str | None = None, *, look: bool = False) -> dict[str, Any]:
        self.asked.append(("show", look))
        return self.found

    def learning_curve(self, version: str | None = None, *, budget: float | None = None, **_: Any) -> dict[str, Any]:
        self.asked.append((f"learning_curve {version} {budget}", False))
        return self.found

    def page(self, version: str | None = None, *, look: bool = False) -> str:
        self.asked.append(("page", look))
        return "<p>"

    def compare(self, first: str, second: str) -> dict[str, Any]:
        found = self.found
        metrics = {"1": found["metrics"], "2": {"accuracy": found["metrics"]["accuracy"]}}
        return {"first": first, "second": second, "metrics": metrics, "agreement": 0.98, **{
            each: found[each] for each in ("headings", "decision", "holdout")
        }}  # fmt: skip

    def versions(self) -> list[Any]:
        return []


def run(monkeypatch: pytest.MonkeyPatch, stub: Stub, *words: str) -> Result:
    monkeypatch.setattr(ratchet, "open", lambda root: stub, raising=False)
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "80"})


def test_a_look_is_taken_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = str(tmp_path / "page.html")
    for words, look in ((["show", "2"], False), (["show", "2", "--look"], True)):
        stub = Stub(document())
        assert run(monkeypatch, stub, *words, "--html", page).exit_code == 0
        assert stub.asked == [("show", look), ("page", look)]


def test_a_version_says_how_its_numbers_are_read_and_how_the_holdout_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, Stub(document()), "show", "2").output
    assert "judged on 100 rows held out" in said
    assert "THE READING" in said
    assert "THE STANDING" in said
    assert "~0.70 to 0.90" in said, "rounded numbers have no more places than they mean"
    assert "~ marks intervals that are approximate" in said
    assert "PR-AUC of Yes" in said
    assert said.count("Not shown to be better") == 2, "in the first line, and in the check; not a third time"
    assert not any(line.rstrip() == "" and after.rstrip() == "" for line, after in _pairs(said))


def test_numbers_in_full_have_three_places_and_no_mark_is_explained_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    metrics = {"accuracy": measured(0.8437, 0.8231, 0.8644)}
    said = run(monkeypatch, Stub(document(metrics=metrics)), "show").output
    assert "0.844" in said
    assert "0.823 to 0.864" in said
    assert "0.600" in said
    assert "~" not in said


def test_what_was_not_asked_was_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    holdout = {"rows": 100, "shown": "not asked", "reading": "LEFT OUT", "sentence": "THE STANDING"}
    said = run(monkeypatch, Stub(document(holdout=holdout, metrics={}, baselines={})), "show").output
    assert "(linear.v1, held), not judged on the 100 rows held out" in said
    assert "95 % interval" not in said


def test_a_pending_version_and_its_worst_rows_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    worst = [{"text": "age 40,\n plan [b]", "label": "Yes", "predicted": "No", "confidence": 0.987}]
    found = document(stage="pending", pending={"sentence": "Pending: odds of 9 to 1"}, worst=worst)
    said = run(monkeypatch, Stub(found), "show", "--look").output
    assert "(linear.v1, pending)" in said
    assert "Pending: odds of 9 to 1" in said
    assert "is Yes, predicted No (98.7 %): age 40, plan [b]" in said


@pytest.mark.parametrize(("outcome", "code"), [("promote", 0), ("hold", 1), ("need_data", 1)])
def test_train_exits_by_the_decision_as_it_stands(monkeypatch: pytest.MonkeyPatch, outcome: str, code: int) -> None:
    """One that was in need of data may have been settled by the rows since."""
    found = document()
    found["decision"] |= {"outcome": outcome}
    assert run(monkeypatch, Stub(found), "train").exit_code == code


def test_compare_says_that_it_was_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, Stub(document()), "compare", "1", "2").output
    assert "THE READING" in said
    assert "they agree on 98.0 %" in said
    assert "If version 2 challenged version 1:" in said
    assert "counts as a look" in " ".join(CliRunner().invoke(app, ["compare", "--help"]).output.split())


def _pairs(text: str) -> list[tuple[str, str]]:
    lines = text.rstrip().splitlines()
    return list(pairwise(lines))


def test_the_leaderboard_is_printed_with_what_mattered_and_why_it_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = [
        {
            "chosen": at == 1, "number": 10 * at, "family": "linear.v1",
            "settings": "C 0.25; ngrams.v2 of note", "score": 0.8 - at / 100, "spread": 0.011, "folds": 15,
            "repeats": 3, "seconds": 1.5,
            "rule": "best score" if at == 1 else "", "reason": "" if at == 1 else f"{at - 1} points below",
        }
        for at in range(1, 8)
    ]  # fmt: skip
    explained = {
        "settings": [{"family": "linear.v1", "setting": "C", "share": 0.61, "trials": 7}],
        "importance": {"metric": "pr_auc", "columns": [{"column": "tenure", "loss": measured(0.07, 0.05, 0.09)}]},
        "weights": {"Yes": {"speaks_for": [{"name": "text has 'late'", "weight": 1.234}], "speaks_against": []}},
        "notes": ["A part is missing."],
    }
    beside = "Trials are scored with the most probable class; with the threshold 0.38 the chosen one has 0.812."
    labelling = {"sentence": "Decision threshold 0.38 for Yes, chosen out of fold.", "beside_trials": beside}
    found = document(trials=trials, explained=explained, labelling=labelling, positive="Yes")
    stub = Stub(found)
    monkeypatch.setattr(ratchet, "open", lambda _: stub)
    monkeypatch.setattr(Stub, "versions", lambda self: [], raising=False)
    result = CliRunner().invoke(app, ["show"])
    assert result.exit_code == 0, result.output
    for said in (
        "chosen: best score; C 0.25; ngrams.v2 of note",
        "4 points below", "and 2 more: ratchet show --trials", "0.011", "C 61 %",
        "tenure -0.070 (-0.090 to -0.050)", "For 'Yes' speak text has 'late' +1.23", "A part is missing.",
        "Decision threshold 0.38 for Yes", beside,
    ):  # fmt: skip
        assert said in result.output
    assert " 3 x 5 " in result.output
    assert " 20 linear.v1 " in result.output
    assert " 20  1 points below" in result.output, "by the same number"
    assert "6 points below" not in result.output
    assert "6 points below" in CliRunner().invoke(app, ["show", "--trials"]).output


def test_only_columns_that_cost_something_beyond_chance_are_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = {
        **{f"c{at}": measured(0.1 - at / 100, 0.05 - at / 100, 0.2) for at in range(3)},
        "same": measured(0.0, 0.0, 0.0), "city": measured(-0.004, -0.022, 0.014),
    }  # fmt: skip

    def said(*names: str) -> str:
        columns = [{"column": name, "loss": losses[name]} for name in names]
        importance = {"metric": "pr_auc", "columns": columns}
        trial = {"number": 1, "family": "linear.v1", "settings": "", "score": 0.8, "rule": "best score"}
        explained: dict[str, Any] = {"settings": [], "importance": importance, "weights": None, "notes": []}
        stub = Stub(document(trials=[trial], explained=explained))
        monkeypatch.setattr(ratchet, "open", lambda _: stub)
        monkeypatch.setattr(Stub, "versions", lambda self: [], raising=False)
        output = CliRunner().invoke(app, ["show"]).output
        return next(line for line in output.splitlines() if line.startswith("Shuffled"))

    assert said("c0", "c1", "same", "city") == (
        "Shuffled, on rows not learned from, these columns cost most: c0 -0.100 (-0.200 to -0.050), "
        "c1 -0.090 (-0.200 to -0.040). The others make no difference that shows: same and city."
    )
    assert said("same", "city").endswith("no column makes a difference that shows: same and city.")
    assert said("c0").endswith("c0 -0.100 (-0.200 to -0.050).")
    assert " 2 more cost less. The others make no" in said("c0", "c1", "c2", "c0", "c1", "c2", "c0", "city")


def test_the_learning_curve_is_printed_and_asked_for_with_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [measured(0.7, 0.65, 0.75) | {"n": 400}, measured(0.75, 0.72, 0.78) | {"n": 4_000}]
    stub = Stub({"version": "2", "family": "linear.v1", "heading": "Accuracy", "points": points, "folds": 5})
    stub.found = stub.found | {"sentence": "Twice the labels would.", "labels": 6_250, "rows": 5_000}
    monkeypatch.setattr(ratchet, "open", lambda _: stub)
    result = CliRunner().invoke(app, ["learning-curve", "2", "--budget", "30"])
    assert result.exit_code == 0, result.output
    assert stub.asked == [("learning_curve 2 30.0", False)]
    for said in (
        "4,000",
        "0.720 to 0.780",
        "Twice the labels would.",
        "all 6,250 labelled rows, of which 5,000",
        "holdout took no part",
    ):
        assert said in result.output
    assert CliRunner().invoke(app, ["learning-curve", "--budget", "0"]).exit_code == 2
