from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.models.catalogue import family
from ratchet.models.family import ColumnFamily, LabelledRows, Shape
from ratchet.models.huggingface.pipeline import Transformer
from ratchet.models.pretrained import Pretrained
from ratchet.testing.pipelines import check_pipeline
from tests.features.huggingface import tiny
from tests.models.huggingface import fitting
from tests.models.huggingface.fitting import fitted, made_up

pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")

NAMED = ("Negative", "Positive")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitting.finished(tmp_path_factory.mktemp("finished"), ("positive", "NEGATIVE"), made_up(3))


def _brought(folder: Path, rows: LabelledRows, **params: Any) -> Transformer:
    way = family("pretrained.v1")
    assert isinstance(way, ColumnFamily)
    shape = Shape(rows=len(rows), classes=rows.target.classes)
    made = way.fit(rows, {**way.defaults(shape), "model": str(folder), **params}, seed=0, folder=folder)
    assert isinstance(made, Transformer)
    return made


def test_it_answers_untrained_in_the_order_of_the_classes(finished: Path) -> None:
    rows = replace(made_up(), names=NAMED)
    made = _brought(finished, rows)
    check_pipeline(made, rows.columns)
    assert (made.predict(rows.columns).argmax(axis=1) == rows.target.labels).mean() > 0.95


def test_labels_say_which_is_which(finished: Path) -> None:
    rows = replace(made_up(), names=("no", "yes"))
    made = _brought(finished, rows, labels={"positive": "yes", "negative": "no"})
    assert (made.predict(rows.columns).argmax(axis=1) == rows.target.labels).mean() > 0.95


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        ({}, "no label means no; no label means yes"),
        ({"positive": "yes"}, "no label means no"),
        ({"positive": "yes", "negative": "yes"}, "no label means no"),
        ({"LABEL_7": "yes", "negative": "no"}, "the model has no label 'LABEL_7'; no label means yes"),
        ({"positive": "yess", "negative": "no"}, "'yess' is no class; no label means yes"),
    ],
)
def test_labels_that_do_not_match_are_listed_on_both_sides(labels: dict[str, str], wrong: str, finished: Path) -> None:
    rows = replace(made_up(), names=("no", "yes"))
    with pytest.raises(SpecError, match="it says positive, NEGATIVE; the classes are no, yes") as raised:
        _brought(finished, rows, labels=labels)
    assert raised.value.problem.endswith(f"the classes are no, yes; {wrong}")
    assert "labels = {" in raised.value.todo


def test_what_is_saved_names_the_sha256_of_its_weights(finished: Path) -> None:
    made = _brought(finished, replace(made_up(), names=NAMED))
    weights = (finished / "model.safetensors").read_bytes()
    assert made.save().state.meta["sha256"] == hashlib.sha256(weights).hexdigest()
    assert made.history.facts["sha256"] == hashlib.sha256(weights).hexdigest()


def test_a_model_has_to_be_named_and_have_a_head(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="not told which model"):
        _brought(Path(), made_up(), model="")
    with pytest.raises(SpecError, match="not told which model"):
        Pretrained().content({"model": ""})
    with pytest.raises(SpecError, match="no classification head"):
        _brought(tiny.sentence_model(tmp_path / "tiny"), made_up())


def test_one_that_is_fine_tuned_further_starts_from_what_it_knows(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    rows = made_up()
    flipped = replace(rows, target=replace(rows.target, labels=(1 - rows.target.labels).astype(np.int32)))
    made = fitted(finished, flipped, epochs=1, learning_rate=1e-5)
    assert (made.predict(rows.columns).argmax(axis=1) == flipped.target.labels).mean() > 0.95
