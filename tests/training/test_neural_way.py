"""What reads texts by a network goes the whole way: searched, trained, finished, bundled, opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ratchet.testing.pipelines import check_pipeline
from tests.features.huggingface import tiny
from tests.training.test_whole_way import rows, trained

pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")


@pytest.mark.parametrize("way", ["sentences", "transformer", "pretrained"])
def test_it_is_trained_kept_and_opened(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    model = tmp_path / "model"
    tiny.classifier("bert", model, labels=("BAD", "GOOD"))
    candidates: dict[str, dict[str, Any]] = {
        "sentences": {"family": "linear.v1", "encoders": {"note": f"sentences.v1:{model}"}},
        "transformer": {"family": "transformer.v1", "params": {"model": str(model), "epochs": 1}},
        "pretrained": {"family": "pretrained.v1", "params": {"model": str(model)}},
    }
    opened, _ = trained(candidates[way], tmp_path)
    check_pipeline(opened.pipeline, rows().columns)
    assert opened.recipe.family == candidates[way]["family"]
    assert all(not name.endswith((".bin", ".pkl", ".pt")) for name in opened.manifest.files)
