from __future__ import annotations

from typing import Any

import pytest

from ratchet.models.huggingface.finetuning import Finetuning, Settings, Texts, _Standing, depth_of
from ratchet.models.huggingface.finetuning import rate as share_of_rate
from tests.features.huggingface import tiny
from tests.models.huggingface.fitting import made_up

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")

LAYERS = {"bert": 3, "distilbert": 3, "roberta": 3, "camembert": 3, "electra": 3, "mpnet": 3}
SETTINGS: dict[str, Any] = {
    "learning_rate": 0.01, "epochs": 1, "batch": 8, "layer_decay": 0.5, "balanced": False, "warm_up": 0.1,
    "weight_decay": 0.03, "clip": 1.0, "seed": 0, "padding": 0,
}  # fmt: skip


def _fit(model: Any, **more: Any) -> Finetuning:
    return Finetuning(model, Settings(**{**SETTINGS, **more}), classes=3, device="cpu")


def _groups(fit: Finetuning, model: Any) -> dict[str, dict[str, Any]]:
    """The group of each parameter, by its name."""
    names = {id(each): name for name, each in model.named_parameters()}
    return {names[id(each)]: group for group in fit._optimizer.param_groups for each in group["params"]}


@pytest.mark.parametrize("kind", LAYERS)
def test_rates_fall_from_the_head_to_the_words(kind: str, tmp_path: Any) -> None:
    model = tiny.classifier(kind, tmp_path)
    found = _groups(_fit(model), model)
    assert found.keys() == dict(model.named_parameters()).keys()
    rates = {depth_of(name): group["rate"] for name, group in found.items()}
    # Below the head, whose rate is the full one, each layer has half of the one above; words have the least.
    assert rates == {None: 0.01, 3: 0.005, 2: 0.0025, 1: 0.00125, 0: 0.000625}
    by_depth = {depth: [n for n in found if depth_of(n) == depth] for depth in rates}
    assert any("word_embeddings" in name for name in by_depth[0])
    assert all("classifier" in name or "pooler" in name for name in by_depth[None])


def test_layers_that_share_weights_share_a_rate(tmp_path: Any) -> None:
    model = tiny.classifier("albert", tmp_path)
    rates = {name: group["rate"] for name, group in _groups(_fit(model), model).items()}
    assert set(rates.values()) == {0.01, 0.005, 0.0025}
    assert {each for name, each in rates.items() if "albert_layers" in name} == {0.005}
    assert {each for name, each in rates.items() if "embedding" in name} == {0.0025}


def test_weights_decay_and_norms_and_biases_do_not(tmp_path: Any) -> None:
    model = tiny.classifier("bert", tmp_path)
    for name, group in _groups(_fit(model), model).items():
        matrix = name.endswith("weight") and "LayerNorm" not in name
        assert group["weight_decay"] == (0.03 if matrix else 0.0), name


def test_a_step_moves_each_group_at_its_own_rate(tmp_path: Any) -> None:
    """Adam's first step has the length of the rate, whatever the gradient: so the rates can be read off the weights."""
    model = tiny.classifier("bert", tmp_path)
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    fit = _fit(model, weight_decay=0.0)
    rows = made_up()
    texts = Texts(chunks=[[[2, 5 + at % 9, 3]] for at in range(8)], labels=rows.target.labels[:8])
    fit.fit(texts, Texts(chunks=[], labels=rows.target.labels[:0]))
    assert share_of_rate(0, 1, 0.1) == 1.0
    for name, group in _groups(fit, model).items():
        assert group["lr"] == group["rate"]
        moved = (dict(model.named_parameters())[name] - before[name]).abs().max().item()
        assert moved < 1.01 * group["rate"], name
        assert moved > 0.5 * group["rate"] or not name.endswith("weight"), name


@pytest.mark.parametrize("parts", [2, 4, 8])
def test_a_batch_learned_in_pieces_gives_the_gradient_of_the_whole(parts: int, tmp_path: Any) -> None:
    labels = made_up().target.labels[:8]
    chunks = [[2, *[5 + at % 9] * (1 + at % 3), 3] for at in range(8)]
    gradients = []
    for pieces in (1, parts):
        model = tiny.classifier("bert", tmp_path, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        _fit(model, balanced=True, clip=1e9)._step(chunks, labels, _Standing(parts=pieces), 1, labels)
        gradients.append({name: each.grad for name, each in model.named_parameters()})
    whole, in_pieces = gradients
    for name, each in whole.items():
        if each is not None:
            assert torch.allclose(each, in_pieces[name], atol=1e-6), name
