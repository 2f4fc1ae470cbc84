"""Trials in the order in which they came in, and how they look on the page."""

from __future__ import annotations

from typing import Any

from ratchet.report.leaderboard import leaderboard
from ratchet.report.page import page

CURVE = {"measure": "log-loss", "steps": [1, 2, 3], "learned": [0.7, 0.5, 0.4], "held": [0.7, 0.6, 0.65]}


def trial(number: int, score: float | None, folds: int = 5, **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "family": "boosted.v1",
        "params": {"rounds": 100 + number, "learning_rate": 0.05},
        "encoders": {"text": "ngrams.v2"},
        "state": "finished" if score is not None else "failed",
        "score": score,
        "spread": 0.012,
        "folds": folds,
        "seconds": 2.0,
        "reason": "",
        "rule": "",
        **more,
    }


TRIALS = [
    trial(0, 0.8, reason="0.02 below the best"),
    trial(1, 0.82, folds=15, repeats=3, rule="within one standard error of the best, better ROC-AUC", curves=[CURVE]),
    trial(2, 0.84),
    trial(3, 0.9, folds=1, state="dropped", reason="dropped after 1 of 5 folds <b>"),
    trial(4, None, folds=0, reason="MemoryError"),
]


def test_the_chosen_one_is_first_then_scores_on_most_folds_and_failures_last() -> None:
    found = leaderboard(TRIALS, higher=True)
    assert [each["number"] for each in found] == [1, 2, 0, 3, 4]
    assert [each["chosen"] for each in found] == [True, False, False, False, False]
    assert [each["number"] for each in leaderboard(TRIALS, higher=False)] == [1, 0, 2, 3, 4]
    assert leaderboard([], higher=True) == []


def test_the_page_tells_every_trial_why_it_lost_and_how_it_learned() -> None:
    shown = page({"version": "1", "metric": "macro_f1", "trials": leaderboard(TRIALS, higher=True)})
    for said in ("chosen: within one standard error", "0.02 below the best", "MemoryError", "rounds 101", "ngrams.v2"):
        assert said in shown
    assert ">trial</th>" in shown
    assert "<td>4</td>" in shown, "by its number"
    assert "5 folds &lt;b&gt;" in shown
    assert ">3 x 5</td>" in shown, "how often rows were cut into folds"
    assert "log-loss by step" in shown
    assert shown.count('class="line l0') == 2, "rows kept out and rows learned from"
    assert "<script" not in shown


def test_many_trials_are_folded_away() -> None:
    many = [trial(at, 0.8 - at / 1_000) for at in range(500)]
    shown = page({"version": "1", "trials": leaderboard(many, higher=True)})
    assert "The other 488" in shown
    assert len(shown) < 400_000


def test_settings_columns_and_words_are_told() -> None:
    def measured(value: float) -> dict[str, Any]:
        return {"value": value, "low": value - 0.01, "high": value + 0.01, "n": 100, "method": "m"}

    words = {"speaks_for": [{"name": "text has '<i>'", "weight": 1.5}], "speaks_against": []}
    explained = {
        "settings": [{"family": "linear.v1", "setting": "C", "share": 0.61, "trials": 20}],
        "importance": {
            "metric": "macro_f1",
            "learned": 400,
            "columns": [{"column": "tenure", "loss": measured(0.067)}, {"column": "x", "loss": measured(-0.002)}],
        },
        "weights": {"No": {"speaks_for": [], "speaks_against": []}, "Yes": words},
        "notes": ["a part is missing"],
    }
    shown = page({"version": "1", "positive": "Yes", "trials": [trial(0, 0.8)], "explained": explained})
    for said in (
        "61",
        "linear.v1, 20 trials",
        "tenure",
        "0.057 to 0.077",
        "has &#x27;&lt;i&gt;&#x27;",
        "a part is missing",
    ):
        assert said in shown
    assert shown.count('class="word"') == 1, "of two classes the positive one speaks for both"
