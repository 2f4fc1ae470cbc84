"""`ratchet export --to onnx` of a transformer: its graph with its arrays, its tokenizer, and what cuts texts for it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ratchet.clock import rng
from ratchet.data.schema import Schema
from ratchet.errors import RefusedError
from ratchet.export import ways
from ratchet.export.exported import Exporting
from ratchet.export.onnx import transformers
from ratchet.features.encoder import Columns
from ratchet.features.huggingface.folder import Folder
from ratchet.features.huggingface.network import network
from ratchet.features.huggingface.quantised import quantised
from ratchet.features.huggingface.tokens import Tokens
from ratchet.kinds.kind import Kind
from ratchet.models.calibrated import Calibrated
from ratchet.models.calibration.temperature import Temperature
from ratchet.models.decision import ClassFactors
from ratchet.models.ensemble import Ensemble
from ratchet.models.huggingface.pipeline import Transformer
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.registry.weights import Weights
from ratchet.spec import Spec
from tests.export.exporting import exporting
from tests.features.huggingface import tiny

onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
pytest.importorskip("onnx", reason="the extra onnx is not installed")
pytest.importorskip("tokenizers", reason="needs the extra 'sentences'")

CLASSES = ("no", "perhaps", "yes")
KINDS = {"title": Kind.TEXT, "said": Kind.TEXT}
COLUMNS: dict[str, list[Any]] = {
    "title": ["The film", None, "a plot!", "", None, "it"],
    "said": ["never bores", "good films " * 20, None, "fine", None, "awful " * 300 + "plot"],
}


def _transformer(folder: Path, *, small: bool) -> Transformer:
    """Random weights with a head for three classes, in whole numbers of one byte or as they are."""
    source, random = Folder.of(str(tiny.sentence_model(folder))), rng("tiny head")
    head = {"pooler.dense": (32, 32), "classifier": (3, 32)}
    weights = dict(source.weights())
    for name, shape in head.items():
        weights[f"{name}.weight"] = random.normal(0, 0.5, shape).astype(np.float32)
        weights[f"{name}.bias"] = random.normal(0, 0.5, shape[0]).astype(np.float32)
    net = network(source.config, weights, head=True)
    meta = {"model": "tiny", "sha256": "0" * 64, "room": 12, "precision": "int8" if small else "float32"}
    return Transformer(tuple(KINDS), quantised(net) if small else net, Tokens.of(source), meta)


def _exporting(pipeline: Pipeline, folder: Path, factors: ClassFactors | None = None) -> Exporting:
    bundle.write(
        folder,
        spec=Spec(name="films", label="y", columns=KINDS, candidates=[{"family": "transformer.v1"}]),
        schema=Schema(columns=KINDS, label="y", classes=CLASSES),
        recipe=Recipe(family="transformer.v1"),
        pipeline=pipeline,
        factors=factors,
        dataset_id="d",
        split_id="s",
    )
    return exporting(folder, COLUMNS)


def _answering(folder: Path) -> Any:
    """The ``answer.py`` of an export, as its README imports it."""
    spec = importlib.util.spec_from_file_location("exported_answer", folder / "answer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Texts(folder)


def _rows() -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]


def _columns() -> Columns:
    return {name: [each or None for each in values] for name, values in COLUMNS.items()}


@pytest.mark.parametrize("small", [True, False], ids=["int8", "float32"])
@pytest.mark.parametrize("calibrated", [True, False], ids=["calibrated", "plain"])
def test_a_folder_answers_as_the_version_does(small: bool, calibrated: bool, tmp_path: Path) -> None:
    pipeline: Pipeline = _transformer(tmp_path / "tiny", small=small)
    if calibrated:
        pipeline = Calibrated(pipeline, Temperature(2.5))
    version = _exporting(pipeline, tmp_path / "bundle")
    assert version.bundle.manifest.pretrained == [Weights(model="tiny", sha256="0" * 64)]
    made = ways.export(version, "onnx", tmp_path / "out")
    assert {each.name for each in made.folder.iterdir()} == {
        "README.md", "answer.py", "model.onnx", "model.onnx.data", "schema.json", "tokenizer.json",
    }  # fmt: skip
    assert made.checked.startswith("on 6 stored rows no probability lies further than")
    assert made.checked.endswith("6 of 6 labels are the same")
    labels, found = _answering(made.folder).predict(_rows())
    wanted = pipeline.predict(_columns())
    assert np.allclose(found, wanted, atol=1e-6)
    assert labels == [CLASSES[at] for at in wanted.argmax(axis=1)]
    schema = json.loads((made.folder / "schema.json").read_text("utf-8"))
    assert schema["precision"] == ("int8" if small else "float32")
    told = (made.folder / "README.md").read_text("utf-8")
    assert ("`probabilities`, calibrated," in told) == calibrated
    assert f"in {schema['precision']}, as the version does" in told


def test_texts_of_several_chunks_are_answered_together_as_alone(tmp_path: Path) -> None:
    pipeline = _transformer(tmp_path / "tiny", small=False)
    folder = ways.export(_exporting(pipeline, tmp_path / "bundle"), "onnx", tmp_path / "out").folder
    texts = _answering(folder)
    one, other = (texts.inputs(_rows()[at]) for at in (0, 1))
    assert len(one["ids"]) == 1 < len(other["ids"])
    width = max(each["ids"].shape[1] for each in (one, other))
    both = {name: np.concatenate([_wide(each[name], width) for each in (other, one)]) for name in ("ids", "mask")}
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    _, found = session.run(None, {**both, "text": np.array([0] * len(other["ids"]) + [1])})
    assert np.allclose(found, pipeline.predict(_columns())[[1, 0]], atol=1e-6)


def _wide(array: Any, width: int) -> Any:
    return np.pad(array, ((0, 0), (0, width - array.shape[1])))


def test_labels_are_decided_as_the_version_decides(tmp_path: Path) -> None:
    pipeline = _transformer(tmp_path / "tiny", small=False)
    version = _exporting(pipeline, tmp_path / "bundle", ClassFactors((1e-3, 1e6, 1e-3)))
    labels, _ = _answering(ways.export(version, "onnx", tmp_path / "out").folder).predict(_rows())
    assert labels == ["perhaps"] * len(labels)


def test_one_that_answers_otherwise_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = _exporting(_transformer(tmp_path / "tiny", small=False), tmp_path / "bundle")
    monkeypatch.setattr(transformers, "NEAR", -1.0)
    with pytest.raises(RefusedError, match=r"lies .* from the version's own, more than -1"):
        ways.export(version, "onnx", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_together_with_others_it_is_refused_in_words(tmp_path: Path) -> None:
    inner = _transformer(tmp_path / "tiny", small=False)
    version = _exporting(Ensemble([inner, inner], np.array([0.5, 0.5])), tmp_path / "bundle")
    with pytest.raises(RefusedError, match=r"it has 'transformer\.v1'"):
        ways.export(version, "onnx", tmp_path / "out")
