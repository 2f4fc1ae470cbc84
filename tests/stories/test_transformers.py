"""A network that reads texts, brought as it is or fine-tuned, is judged as any other, becomes champion and answers."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from rich.console import Console

import ratchet
from ratchet.classifier import Classifier
from ratchet.cli import render
from tests.features.huggingface import tiny
from tests.models.huggingface import fitting

pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")

SPEC = """
name = "films"
label = "verdict"
[columns]
title = "text"
said = "text"
[search]
trials = 1
folds = 2
budget = "120s"
[gate]
metric = "accuracy"
[[candidates]]
family = "{family}"
params = {{ model = {model}, {params} }}
"""
BAD = {"title": "a film", "said": "the bad plot awful a bad it awful good"}
GOOD = {"title": None, "said": "fine it good film a good the fine bad"}


def _table() -> pl.DataFrame:
    rows = fitting.opinions(4, 900)
    verdict = [("bad", "good")[each] for each in rows.target.labels]
    return pl.DataFrame({**rows.columns, "verdict": verdict}).unique(maintain_order=True)


@pytest.fixture
def trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, Path, str], tuple[Classifier, Any]]]:
    """Gives a classifier of one candidate, and the gate's decision about its first version."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opened: list[Classifier] = []

    def train(family: str, model: Path, params: str) -> tuple[Classifier, Any]:
        spec = SPEC.format(family=family, model=json.dumps(str(model)), params=params)
        (tmp_path / "ratchet.toml").write_text(spec, encoding="utf-8")
        opened.append(ratchet.open(tmp_path, engine="inline", tracking_uri="off"))
        opened[0].ingest(_table())
        return opened[0], opened[0].train()

    yield train
    for each in opened:
        each.close()


def _check_named(classifier: Classifier, model: Path) -> None:
    """The manifest and `show` name the weights that version 1 began with."""
    sha256 = hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
    named = [{"model": str(model), "sha256": sha256}]
    manifest = json.loads((classifier.files("1") / "manifest.json").read_bytes())["manifest"]
    assert manifest["pretrained"] == named
    shown = classifier.show("1")
    assert shown["pretrained"] == named
    told = io.StringIO()
    render.report(Console(file=told, soft_wrap=True), shown)
    assert f"weights of {model} (sha256 {sha256})" in told.getvalue()


def test_a_finished_classifier_becomes_champion(trained: Any, tmp_path: Path) -> None:
    model = fitting.finished(tmp_path / "model", ("positive", "negative"), fitting.opinions(5, 300), 60)
    classifier, decision = trained("pretrained.v1", model, 'labels = { positive = "good", negative = "bad" }')
    assert decision.outcome == "promote", str(decision)
    assert classifier.champion() == "1"
    shown = classifier.show("1")
    best = max(each["accuracy"]["value"] for each in shown["baselines"].values())
    assert shown["family"] == "pretrained.v1"
    assert shown["metrics"]["accuracy"]["low"] > best
    assert [each.label for each in classifier.predict([BAD, GOOD])] == ["bad", "good"]
    _check_named(classifier, model)


def test_a_finished_classifier_that_says_the_contrary_is_held(trained: Any, tmp_path: Path) -> None:
    model = fitting.finished(tmp_path / "model", ("bad", "good"), fitting.opinions(5, 300), 60)
    classifier, decision = trained("pretrained.v1", model, "labels = {}")
    assert decision.outcome != "promote", str(decision)
    assert classifier.champion() is None


def test_a_fine_tuned_network_becomes_champion_and_is_served(
    trained: Any, tmp_path: Path, served: Callable[..., AbstractContextManager[httpx.Client]]
) -> None:
    model = tiny.sentence_model(tmp_path / "model")
    params = "epochs = 4, learning_rate = 3e-3, batch = 8, room = 12"
    classifier, decision = trained("transformer.v1", model, params)
    assert decision.outcome == "promote", str(decision)
    assert classifier.champion() == "1"
    _check_named(classifier, model)
    with served(classifier) as client:
        answers = [client.post("/v1/films/predict", json=row).json() for row in (BAD, GOOD)]
        batch = client.post("/v1/films/predict/batch", json=[BAD, GOOD]).json()
        asked_wrongly = client.post("/v1/films/predict", json={"said": 3})
    assert [(each["label"], each["version"]) for each in answers] == [("bad", "1"), ("good", "1")]
    assert [each["label"] for each in batch] == ["bad", "good"]
    assert [each["confidence"] for each in answers] == [each.confidence for each in classifier.predict([BAD, GOOD])]
    assert asked_wrongly.status_code == 422
    told = classifier.export("1", to="onnx", folder=tmp_path / "graph").checked
    assert re.search(r"on (\d+) stored rows .* and \1 of \1 labels are the same$", told), told
