"""What each member of an ensemble says, beside its answer, for those who ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from ratchet.models.calibrated import Calibrated
from ratchet.models.calibration.temperature import Temperature
from ratchet.models.ensemble import Ensemble
from ratchet.registry.bundle import Bundle
from ratchet.serving import answerer
from ratchet.serving.predictor import Predictor
from ratchet.serving.scoring import score_file

ROWS = [{"text": "so good"}, {"text": "so bad"}, {"text": "good, very bad"}]


@pytest.fixture(params=["bare", "calibrated"])
def joined(opened: Callable[..., Bundle], request: pytest.FixtureRequest) -> Predictor:
    """Two models of which the second says the opposite, and counts a quarter."""
    bundle = opened()
    made = [bundle.pipeline, opened(flipped=True).pipeline]
    ensemble = Ensemble(made, np.array([3.0, 1.0]), families=["linear.v1", "boosted.v1"])
    pipeline = Calibrated(ensemble, Temperature(2.0)) if request.param == "calibrated" else ensemble
    return Predictor(replace(bundle, pipeline=pipeline), "1")


def test_members_are_named_with_what_they_say(joined: Predictor) -> None:
    answers = joined.answer(ROWS, voted=[0, 1]).predictions
    first, second, third = answers
    assert [(each.family, each.weight) for each in first.votes or ()] == [("linear.v1", 0.75), ("boosted.v1", 0.25)]
    assert [each.label for each in first.votes or ()] == ["good", "good"]
    assert [each.label for each in second.votes or ()] == ["bad", "bad"]
    assert third.votes is msgspec.UNSET
    assert b"votes" not in msgspec.json.encode(third)
    assert msgspec.json.decode(msgspec.json.encode(first))["votes"][0]["family"] == "linear.v1"


def test_answers_are_the_same_with_votes_and_without(joined: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = joined.answer(ROWS, voted=[0, 1, 2]).predictions
    plain = joined.predict(ROWS)
    assert [each.scores for each in asked] == [each.scores for each in plain]
    monkeypatch.setattr(answerer, "AT_ONCE", 1)
    for run, whole in zip(joined.answer(ROWS, voted=[0, 1, 2]).predictions, asked, strict=True):
        for one, other in zip(run.votes or (), whole.votes or (), strict=True):
            assert (one.family, one.label) == (other.family, other.label)
            assert one.confidence == pytest.approx(other.confidence, abs=1e-6)


def test_one_model_alone_has_no_votes(opened: Callable[..., Bundle]) -> None:
    (answer,) = Predictor(opened(), "1").answer(ROWS[:1], voted=[0]).predictions
    assert answer.votes is msgspec.UNSET


def test_a_file_of_answers_has_two_columns_a_member(joined: Predictor, tmp_path: Path) -> None:
    source, output = tmp_path / "rows.csv", tmp_path / "out.csv"
    source.write_text("text,plan,age,since\nso good,basic,1,2024-01-01\nso bad,gold,2,2025-01-01\n")
    assert score_file(str(source), joined, output, votes=True).members == 2
    found = pl.read_csv(output)
    assert found["vote_1_linear.v1"].to_list() == ["good", "bad"]
    assert found["vote_2_boosted.v1_confidence"].min() > 0.5  # type: ignore[operator]
    assert score_file(str(source), joined, output).members == 0
    assert not [name for name in pl.read_csv(output).columns if name.startswith("vote")]
