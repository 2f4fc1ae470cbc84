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
from tests.features.huggingface import tiny

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")

CHUNKS = [[5, 6, 7, 8, 9, 10, 11, 12, 13], [5, 6], [9, 8, 7, 6, 5], [7] * 16]


def _theirs(model: Any) -> Any:
    ids = [torch.tensor([chunk]) for chunk in CHUNKS]
    with torch.inference_mode():
        return np.concatenate([model(input_ids=each, attention_mask=torch.ones_like(each)).logits for each in ids])


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_it_answers_as_the_original(kind: str, tmp_path: Path) -> None:
    model = tiny.classifier(kind, tmp_path)
    folder = Folder.of(str(tmp_path))
    made = network(folder.config, folder.weights(), head=True)
    theirs = _theirs(model)
    assert np.allclose(Answers(made, padding=0)(CHUNKS), theirs, atol=2e-5)
    rough = Answers(quantised(made), padding=0)(CHUNKS)
    assert np.abs(rough - theirs).mean() < 0.2 * np.abs(theirs).mean()
    assert not (rough == theirs).all()


def test_groups_of_layers_are_used_in_their_order(tmp_path: Path) -> None:
    model = tiny.classifier("albert", tmp_path, num_hidden_layers=4, num_hidden_groups=2, inner_group_num=2)
    folder = Folder.of(str(tmp_path))
    made = network(folder.config, folder.weights(), head=True)
    assert made.shape.layers == (0, 1, 0, 1, 2, 3, 2, 3)
    assert np.allclose(Answers(made, padding=0)(CHUNKS), _theirs(model), atol=2e-5)


def test_another_architecture_is_refused_with_those_there_are() -> None:
    with pytest.raises(SpecError, match="type 'gpt2' cannot be read") as raised:
        network({"model_type": "gpt2"}, {})
    assert "distilbert" in raised.value.todo


def test_a_model_without_a_head_tells_no_classes_apart(tmp_path: Path) -> None:
    made = tiny.classifier("bert", tmp_path)
    made.bert.save_pretrained(tmp_path / "headless")
    folder = Folder.of(str(tmp_path / "headless"))
    with pytest.raises(SpecError, match="no classification head"):
        network(folder.config, folder.weights(), head=True)
