"""How a trial learned, in a line."""

from __future__ import annotations

from typing import Any

from ratchet.report.leaderboard import leaderboard
from ratchet.report.settings import settings


def trial(family: str = "linear.v1", **more: Any) -> dict[str, Any]:
    return {"family": family, "params": {"C": 0.25}, "encoders": {}, "texts": {}, "facts": {}, **more}


def test_encoders_of_texts_are_told_and_others_where_they_are_not_the_familys_own() -> None:
    own = {"age": "standard.v1", "note": "ngrams.v2", "title": "ngrams.v2"}
    assert settings(trial(encoders=own)) == "C 0.25; ngrams.v2 of note and title"
    assert settings(trial(encoders={"age": "blank.v1", "note": "sentences.v1"})) == (
        "C 0.25; blank.v1 of age, sentences.v1 of note"
    )
    assert settings(trial("gone.v1", encoders={"age": "gone.v2"})) == "C 0.25; gone.v2 of age", "not installed here"


def test_texts_that_are_read_otherwise_are_told() -> None:
    texts = {"title + note": {"of": ["title", "note"], "clean": ["html", "urls"]}, "note": {"of": ["note"]}}
    assert settings(trial(texts=texts)) == "C 0.25; title + note as one, title + note cleaned of html and urls"


def test_the_rounds_or_epochs_it_took_stand_beside_those_it_might_have_taken() -> None:
    boosted = trial("boosted.v1", params={"rounds": 1000, "stopping": "on"}, facts={"rounds": 116, "sha256": "ab"})
    assert settings(boosted) == "rounds 1000, stopping on, took 116 rounds"
    assert settings(trial(facts={"epochs": 7})) == "C 0.25, took 7 epochs"


def test_members_are_named_with_their_shares_and_the_numbers_of_their_trials() -> None:
    found = [
        trial(number=1, score=0.7, folds=3, rule="", encoders={"note": "ngrams.v2"}),
        trial(number=2, score=0.8, folds=3, rule="", encoders={"note": "sentences.v1"}),
    ]
    members = [{part: each[part] for part in ("family", "params", "encoders", "texts")} for each in found]
    gone = {"family": "svm.v1", "params": {}, "encoders": {}, "texts": {}}
    params = {"way": "stacking", "members": [*members, gone], "weights": [1.0, 0.6, 0.4]}
    board = leaderboard([*found, trial("ensemble.v1", number=3, score=0.9, folds=3, params=params)], higher=True)
    assert board[0]["settings"] == "way stacking; 0.50 linear.v1 (trial 1), 0.30 linear.v1 (trial 2), 0.20 svm.v1"
