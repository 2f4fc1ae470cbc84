"""Every architecture answers as Hugging Face's own code does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.features.huggingface.answering import Answers
from ratchet.features.huggingface.folder import Folder
from ratchet.features.huggingface.network import ARCHITECTURES, network
from ratchet.features.huggingface.quantised import quantised

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
transformers = pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")

CHUNKS = [[5, 6, 7, 8, 9, 10, 11, 12, 13], [5, 6], [9, 8, 7, 6, 5], [7] * 16]


def _classifier(kind: str, folder: Path, **more: Any) -> Any:
    """A random sequence classifier of three classes, kept in a folder."""
    torch.manual_seed(3)
    sizes = {
        "vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48,
        "max_position_embeddings": 40, "num_labels": 3, "pad_token_id": 1, "embedding_size": 16,
        "dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 48, "initializer_range": 0.2, **more,
    }  # fmt: skip
    config = transformers.AutoConfig.for_model(kind)
    made = type(config)(**{name: value for name, value in sizes.items() if hasattr(config, name) or name in more})
    model = transformers.AutoModelForSequenceClassification.from_config(made).eval()
    model.save_pretrained(folder)
    return model


def _theirs(model: Any) -> Any:
    ids = [torch.tensor([chunk]) for chunk in CHUNKS]
    with torch.inference_mode():
        return np.concatenate([model(input_ids=each, attention_mask=torch.ones_like(each)).logits for each in ids])


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_it_answers_as_the_original(kind: str, tmp_path: Path) -> None:
    model = _classifier(kind, tmp_path)
    folder = Folder.of(str(tmp_path))
    made = network(folder.config, folder.weights(), head=True)
    theirs = _theirs(model)
    assert np.allclose(Answers(made, padding=1)(CHUNKS), theirs, atol=2e-5)
    rough = Answers(quantised(made), padding=1)(CHUNKS)
    assert np.abs(rough - theirs).mean() < 0.2 * np.abs(theirs).mean()
    assert not (rough == theirs).all()


def test_groups_of_layers_are_used_in_their_order(tmp_path: Path) -> None:
    model = _classifier("albert", tmp_path, num_hidden_layers=4, num_hidden_groups=2, inner_group_num=2)
    folder = Folder.of(str(tmp_path))
    made = network(folder.config, folder.weights(), head=True)
    assert made.shape.layers == (0, 1, 0, 1, 2, 3, 2, 3)
    assert np.allclose(Answers(made, padding=1)(CHUNKS), _theirs(model), atol=2e-5)


def test_another_architecture_is_refused_with_those_there_are() -> None:
    with pytest.raises(SpecError, match="type 'gpt2' cannot be read") as raised:
        network({"model_type": "gpt2"}, {})
    assert "distilbert" in raised.value.todo


def test_a_model_without_a_head_tells_no_classes_apart(tmp_path: Path) -> None:
    made = _classifier("bert", tmp_path)
    made.bert.save_pretrained(tmp_path / "headless")
    folder = Folder.of(str(tmp_path / "headless"))
    with pytest.raises(SpecError, match="no classification head"):
        network(folder.config, folder.weights(), head=True)
