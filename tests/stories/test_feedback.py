"""Labels that come back become rows to train on, and correct those that were wrong."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import ratchet
from tests.stories.scenes import Shell, loans, quicken

FEATURES = ["income", "age", "housing", "purpose"]


@pytest.fixture
def classifier(tmp_path: Path, table: Path) -> ratchet.Classifier:
    """A champion of 1,500 loans."""
    ratchet.init(str(table), "outcome", root=tmp_path)
    quicken(tmp_path)
    classifier = ratchet.open(tmp_path, tracking_uri="off")
    assert classifier.train(str(table)).outcome == "promote"
    return classifier


def test_feedback_joins_training_and_corrects_what_is_there(classifier: ratchet.Classifier, shell: Shell) -> None:
    before = classifier.frame()
    held_out = before.filter(pl.col("_side") == "holdout").head(20)
    fresh = loans(80, seed=5)
    wrong = {"good": "bad", "bad": "good"}
    rows = [*held_out.select(FEATURES).to_dicts(), *fresh.select(FEATURES).to_dicts()]
    # of the holdout rows, half come back with the label that they have and half with the other one
    truth = [
        *held_out["outcome"][:10].to_list(),
        *(wrong[label] for label in held_out["outcome"][10:]),
        *fresh["outcome"].to_list(),
    ]
    with classifier:
        answers = classifier.predict([*rows, rows[0]])  # the last is never labelled
        for answer, label in zip(answers, truth, strict=False):
            classifier.feedback(answer.id, wrong[label], actor="ann")
            classifier.feedback(answer.id, label, actor="ann")  # ann corrects herself

        taken = classifier.ingest_feedback()
        assert (taken.corrected, taken.added, taken.repeated, taken.bad) == (10, 80, 20, 0)
        assert (taken.dataset.rows, taken.dataset.corrected, taken.dataset.corrected_held_out) == (1_580, 10, 10)
        assert taken.quarantine_file is None

        after = classifier.frame()
        kept = after.head(1_500)
        assert kept.drop("outcome", "_unit").equals(before.drop("outcome", "_unit"))
        assert set(kept.filter(kept["outcome"] != before["outcome"])["_id"]) == set(held_out["_id"][10:])
        joined = after.tail(80)
        assert sorted(joined.select(*FEATURES, "outcome").rows()) == sorted(
            fresh.select(*FEATURES, "outcome").cast({"age": pl.Float64}).rows()
        )
        assert joined["_chosen"].all()
        assert "holdout" not in joined["_side"]

        assert classifier.ingest_feedback().added == 0
        assert classifier.train().version == "2"  # and learns from them
        assert classifier.show("2")["dataset"]["id"] == taken.dataset.id

    again = shell("ingest", "--feedback", "--json")
    assert again.code == 0, again.err
    assert (again.document["added"], again.document["corrected"]) == (0, 0)


def test_ingest_wants_sources_or_feedback(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    for words in (["ingest"], ["ingest", "--feedback", str(table)]):
        refused = shell(*words)
        assert refused.code == 2
        assert "give sources to read, or --feedback and no sources" in " ".join(refused.err.split())
    nothing = shell("ingest", "--feedback")
    assert nothing.code == 2
    assert "Traceback" not in nothing.err
