"""The pipeline kit finds each broken promise, and nothing wrong with the pipelines there are and the examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from ratchet.arrays import Probabilities
from ratchet.features.encoder import Columns, State, Target
from ratchet.kinds.kind import Kind
from ratchet.models import catalogue, opening
from ratchet.models.calibrated import Calibrated
from ratchet.models.calibration.temperature import Temperature
from ratchet.models.ensemble import Ensemble
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.pipeline import Part, Pipeline
from ratchet.models.recipe import Recipe
from ratchet.testing.examples import RawWords, RawWordsPipeline, Vote
from ratchet.testing.pipelines import check_pipeline

KINDS = {"note": Kind.TEXT, "age": Kind.NUMBER, "plan": Kind.CATEGORY, "day": Kind.DATE}


def rows() -> LabelledRows:
    random, labels = np.random.default_rng(0), np.arange(60, dtype=np.int32) % 3
    columns: Columns = {
        "note": [None if at % 9 == 0 else f"it was {('fine', 'poor', 'so')[at % 3]} {at % 7}" for at in range(60)],
        "age": np.where(labels == 1, np.nan, labels + random.normal(size=60)),
        "plan": [("a", "b", None)[at % 3] for at in range(60)],
        "day": np.datetime64("2024-01-01", "us") + labels * np.timedelta64(30, "D"),
    }
    return LabelledRows(columns=columns, kinds=KINDS, target=Target(labels, 3))


@pytest.fixture(autouse=True)
def examples(monkeypatch: pytest.MonkeyPatch) -> None:
    for made in (Vote(), RawWords()):
        monkeypatch.setitem(catalogue.FAMILIES, made.name, made)
    monkeypatch.setitem(opening.PIPELINES, RawWordsPipeline.name, RawWordsPipeline)


def made(family: str, folder: Path) -> Pipeline:
    return fit(Recipe.plan(family, KINDS), rows(), seed=0, folder=folder)


def nested(folder: Path) -> Pipeline:
    inner = Ensemble([made("linear.v1", folder), Calibrated(made("majority.v1", folder), Temperature(2.0))])
    return Ensemble([inner, made("raw_words.v1", folder)], np.array([3.0, 1.0]))


@pytest.mark.parametrize(
    "family", ["linear.v1", "boosted.v1", "majority.v1", "one_feature.v1", "vote.v1", "raw_words.v1"]
)
def test_nothing_is_wrong_with_the_pipelines_there_are(family: str, tmp_path: Path) -> None:
    check_pipeline(made(family, tmp_path), rows().columns)


def test_an_ensemble_of_any_pipelines_is_one(tmp_path: Path) -> None:
    pipeline = nested(tmp_path)
    check_pipeline(pipeline, rows().columns)
    check_pipeline(Calibrated(pipeline, Temperature(1.3)), rows().columns)
    assert dict(pipeline.columns) == KINDS
    assert pipeline.known["plan"] == {"a", "b"}


class Broken(Ensemble):
    """An ensemble of one that breaks a promise."""


class Unversioned(Broken):
    name = "broken"


class ReadsWhatIsNotThere(Broken):
    @property
    def columns(self) -> Mapping[str, Kind]:
        return {"salary": Kind.NUMBER}


class KnowsOthers(Broken):
    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        return {"town": frozenset({"x"})}


class NotProbabilities(Broken):
    def predict(self, columns: Columns) -> Probabilities:
        return super().predict(columns) * 2


class LooksAtTheBatch(Broken):
    def predict(self, columns: Columns) -> Probabilities:
        found = super().predict(columns)
        return np.roll(found, 1, axis=0) if len(found) > 1 else found


class FailsOnMissing(Broken):
    def predict(self, columns: Columns) -> Probabilities:
        if not np.isfinite(columns["age"]).any() and len(columns["age"]) == 3:
            raise AssertionError("all is missing")
        return super().predict(columns)


class ForgetsItsWeights(Broken):
    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        return cls([open_inner(part.parts["0"]), open_inner(part.parts["1"])])


class SavesMoreEachTime(Broken):
    def save(self) -> Part:
        saved = super().save()
        return Part(saved.type, State({"at": id(self)}, saved.state.arrays), saved.parts)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (Unversioned, "like 'encoded.v1'"),
        (ReadsWhatIsNotThere, "columns there are"),
        (KnowsOthers, "columns it reads, found"),
        (NotProbabilities, "sums to one"),
        (LooksAtTheBatch, "in another order"),
        (FailsOnMissing, "all is missing"),
        (ForgetsItsWeights, "saved and read|files are the same"),
        (SavesMoreEachTime, "files are the same"),
    ],
)
def test_each_broken_promise_is_found(
    broken: type[Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(opening.PIPELINES, "ensemble.v1", broken)
    pipeline = broken([made("linear.v1", tmp_path), made("majority.v1", tmp_path)], np.array([0.7, 0.3]))
    with pytest.raises(AssertionError, match=words):
        check_pipeline(pipeline, rows().columns)
