from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ratchet.features.huggingface.folder import Folder

FILES: dict[str, object] = {
    "config.json": {"model_type": "bert", "id2label": {"0": "no", "1": "yes"}},
    "tokenizer.json": {"model": {}},
    "sentence_bert_config.json": {"max_seq_length": 16},
    "modules.json": [
        {"path": "", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ],
    "1_Pooling/config.json": {"pooling_mode_mean_tokens": True},
}


def model(folder: Path) -> Path:
    """A model's folder with next to nothing in it."""
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    save_file({"a": np.zeros(3, np.float32)}, folder / "model.safetensors")
    return folder


@pytest.mark.parametrize("name", [*FILES, "model.safetensors", "vocab.txt"])
def test_content_is_another_when_any_file_is_that_is_read(name: str, tmp_path: Path) -> None:
    path = model(tmp_path / "a") / name
    before = Folder.of(str(tmp_path / "a"))
    assert before.content == Folder.of(str(model(tmp_path / "b"))).content, "wherever it lies"
    if name == "model.safetensors":
        save_file({"a": np.ones(3, np.float32)}, path)
    else:
        path.write_text("[]" if name == "modules.json" else '{"model_type": "roberta"}')
    after = Folder.of(str(tmp_path / "a"))
    assert after.content != before.content
    assert (after.sha256 != before.sha256) == (name == "model.safetensors")


def test_what_is_not_read_changes_nothing(tmp_path: Path) -> None:
    before = Folder.of(str(model(tmp_path / "a"))).content
    (tmp_path / "a" / "README.md").write_text("a model")
    (tmp_path / "a" / "pytorch_model.bin").write_bytes(b"a pickle")
    assert Folder.of(str(tmp_path / "a")).content == before
