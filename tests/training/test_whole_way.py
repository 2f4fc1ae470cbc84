"""What a plug-in brings goes the whole way: trained, finished, bundled, opened, served; by the code all others go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ratchet.data.schema import Schema
from ratchet.engine.inline import InlineEngine
from ratchet.errors import BundleError
from ratchet.features import catalogue as encoders
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.models import catalogue, opening
from ratchet.models.ensemble import Ensemble
from ratchet.models.pipeline import Pipeline
from ratchet.registry import bundle
from ratchet.serving.predictor import Predictor
from ratchet.spec import Spec
from ratchet.testing.examples import RawWords, RawWordsPipeline, TargetShares, Vote
from ratchet.testing.pipelines import check_pipeline
from ratchet.training import session
from ratchet.training.finish import finish
from ratchet.training.refit import refit
from ratchet.training.task import TrainingRows
from ratchet.training.train import train

KINDS = {"note": Kind.TEXT, "plan": Kind.CATEGORY}
CLASSES = ("good", "bad")
ASKED = [{"note": "a fine film 3", "plan": "basic"}, {"note": "a poor film 3", "plan": "gold"}]


@pytest.fixture(autouse=True)
def plug_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    for made in (Vote(), RawWords()):
        monkeypatch.setitem(catalogue.FAMILIES, made.name, made)
    monkeypatch.setitem(opening.PIPELINES, RawWordsPipeline.name, RawWordsPipeline)
    monkeypatch.setitem(encoders.ENCODERS, TargetShares.name, TargetShares)


def rows(count: int = 200) -> TrainingRows:
    random = np.random.default_rng(1)
    labels = np.arange(count, dtype=np.int32) % 2
    said = np.where(random.random(count) < 0.1, 1 - labels, labels)
    columns: Columns = {
        "note": [f"a {('fine', 'poor')[each]} film {at % 13}" for at, each in enumerate(said)],
        "plan": [("basic", "gold", None)[at] for at in (labels + random.integers(0, 2, count))],
    }
    return TrainingRows(
        columns=columns, kinds=KINDS, labels=labels, classes=CLASSES, ids=np.arange(count, dtype=np.uint64),
        tune=np.zeros(count, bool),
    )  # fmt: skip


def spec_of(candidate: dict[str, Any]) -> Spec:
    return Spec(
        name="films",
        label="y",
        columns=KINDS,
        candidates=[candidate],
        search={"trials": 2, "folds": 3, "method": "random"},
        serve={"coverage": 0.8},
    )


def trained(candidate: dict[str, Any], folder: Path) -> tuple[bundle.Bundle, Pipeline]:
    spec, told = spec_of(candidate), rows()
    with session.opened(folder / "cache") as own:
        training = train(spec, told, engine=InlineEngine(), session=own)
        made = finish(spec, training.best, told)
        bundle.write(
            folder / "bundle",
            spec=spec,
            schema=Schema(columns=KINDS, label="y", classes=CLASSES),
            recipe=training.best.recipe,
            pipeline=made.pipeline,
            sets=made.sets,
            profile=made.profile,
            dataset_id="d",
            split_id="s",
        )
        before = made.pipeline.predict(told.columns)
    opened = bundle.read(folder / "bundle")
    assert np.array_equal(opened.pipeline.predict(told.columns), before), "nothing is left behind with the session"
    return opened, training.best.pipeline


@pytest.mark.parametrize(
    "candidate",
    [
        {"family": "vote.v1", "params": {"members": ["linear.v1", "raw_words.v1"]}},
        {"family": "raw_words.v1"},
        {"family": "linear.v1", "encoders": {"plan": "target_shares.v1", "text": "words.v1"}},
    ],
    ids=["an ensemble", "a pipeline with its own tokenizer", "an encoder that looks at labels"],
)
def test_it_is_trained_kept_and_served(candidate: dict[str, Any], tmp_path: Path) -> None:
    opened, _ = trained(candidate, tmp_path)
    check_pipeline(opened.pipeline, rows().columns)
    good, bad = Predictor(opened, "1").predict(ASKED)
    assert (good.label, bad.label) == ("good", "bad")
    assert good.set
    assert opened.recipe.family == candidate["family"]
    assert opened.profile is not None
    assert opened.profile.true.sum() == 200
    assert set(opened.profile.columns) == set(opened.pipeline.columns)


def test_encoders_named_in_the_spec_are_those_of_the_pipeline(tmp_path: Path) -> None:
    candidate = {"family": "linear.v1", "encoders": {"plan": "target_shares.v1", "text": "words.v1"}}
    opened, _ = trained(candidate, tmp_path)
    assert opened.recipe.encoders == {"note": "words.v1", "plan": "target_shares.v1"}


def test_a_tokenizer_lies_in_the_bundle_as_it_was_written(tmp_path: Path) -> None:
    opened, _ = trained({"family": "raw_words.v1"}, tmp_path)
    (tokenizer,) = [name for name in opened.manifest.files if name.endswith("tokenizer.json")]
    (weights,) = [name for name in opened.manifest.files if name.endswith("weights.safetensors")]
    assert b'"BF16"' in (tmp_path / "bundle" / weights).read_bytes()
    (tmp_path / "bundle" / tokenizer).write_bytes(b"{}")
    with pytest.raises(BundleError, match=r"tokenizer\.json"):
        bundle.read(tmp_path / "bundle")


def test_a_recipe_is_fitted_again_as_it_was(tmp_path: Path) -> None:
    opened, first = trained({"family": "vote.v1"}, tmp_path)
    assert isinstance(first, Ensemble)
    with session.opened(tmp_path / "cache") as own:
        again = refit(opened.recipe, rows(), spec=opened.spec, engine=InlineEngine(), session=own)
        inner = getattr(opened.pipeline, "inner", opened.pipeline)
        assert np.array_equal(again.predict(rows().columns), inner.predict(rows().columns))
