"""Folders that nobody should have made: whatever is in them, what is raised says so in words."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ratchet.errors import SpecError
from ratchet.features.huggingface.finding import find
from ratchet.features.huggingface.folder import Folder, read
from ratchet.features.huggingface.network import network
from ratchet.features.huggingface.tokens import Tokens
from tests.features.huggingface import tiny

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A BERT without a tokenizer."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(tiny.CONFIG))
    tiny.save_weights(folder, tiny.weights(0))
    return folder


def opened(folder: Path) -> None:
    """All that training asks of a folder before a tokenizer; an error in words is well."""
    with suppress(SpecError):
        made = Folder.of(str(folder))
        assert len(made.content) == 64
        _ = made.labels
        network(made.config, made.weights())


@QUICK
@given(JSON)
@example([])
@example("bert")
@example({"model_type": ["bert"]})
def test_any_configuration(model: Path, said: Any) -> None:
    (model / "config.json").write_text(json.dumps(said))
    opened(model)


@QUICK
@given(st.sampled_from([*tiny.CONFIG, "id2label", "num_hidden_groups", "inner_group_num"]), JSON)
@example("num_hidden_layers", 10**12)
@example("num_attention_heads", 7)
@example("pad_token_id", 10**30)
@example("layer_norm_eps", float("nan"))
@example("id2label", {"a": "yes", "": "no"})
def test_any_value_of_a_setting(model: Path, name: str, value: Any) -> None:
    for kind in ("bert", "albert", "mpnet", "roberta"):
        (model / "config.json").write_text(json.dumps({**tiny.CONFIG, "model_type": kind, name: value}))
        opened(model)


@QUICK
@given(st.sampled_from(["model.safetensors.index.json", "modules.json", "sentence_bert_config.json"]), JSON)
@example("model.safetensors.index.json", {"a": 1})
@example("model.safetensors.index.json", [1])
@example("model.safetensors.index.json", {"weight_map": {"a": 1}})
@example("model.safetensors.index.json", {"weight_map": {"a": "x" * 5_000}})
@example("modules.json", [{"path": "../..", "type": "Pooling"}])
def test_any_index_and_any_steps(model: Path, name: str, said: Any) -> None:
    (model / name).write_text(json.dumps(said))
    opened(model)
    (model / name).unlink()


@pytest.mark.parametrize("content", [b"[" * 100_000, b"", b"\xff\xfe", b'{"a": ' + b"9" * 5_000 + b"}"])
def test_a_configuration_that_is_no_json(model: Path, content: bytes) -> None:
    (model / "config.json").write_bytes(content)
    with pytest.raises(SpecError, match=r"config\.json is no JSON"):
        Folder.of(str(model))


@pytest.mark.parametrize("name", ["~nouser/x", "x" * 5_000, "a/" + "é" * 90, "a\0b", "/dev/null/x", "." * 300])
def test_names_that_no_folder_has(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(SpecError) as raised:
        find(name)
    assert len(raised.value.problem) < 700


WHOLE = struct.pack("<Q", 60) + b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'.ljust(60) + bytes(8)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x01", WHOLE[:30], WHOLE[:-3], WHOLE + b"more", struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 90_000_000) + b"{", WHOLE.replace(b"[2]", b"[9]"), WHOLE.replace(b"[0,8]", b"[4,8]"),
        WHOLE.replace(b"F32", b"F99"), WHOLE.replace(b'"shape":[2]', b'"shape":[-]'),
        struct.pack("<Q", 90) + b'{"a":{"dtype":"F32","shape":[1099511627776,0],"data_offsets":[0,0]}}'.ljust(90),
        struct.pack("<Q", 90) + b'{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}'.ljust(90),
        struct.pack("<Q", 120)
        + b'{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[4,12]}}'
        .ljust(120)
        + bytes(12),
        struct.pack("<Q", 70) + b'{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}'.ljust(70) + bytes(8),
    ],
)  # fmt: skip
def test_weights_that_are_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(WHOLE)
    assert read(path)["a"].tolist() == [0, 0]
    path.write_bytes(content)
    with pytest.raises(SpecError):
        read(path)


def changed(name: str, made: Callable[[Any], Any]) -> dict[str, Any]:
    weights = tiny.weights(0)
    return weights | {name: made(weights[name])}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("embeddings.word_embeddings.weight", lambda array: array[:, :5].copy()),
        ("embeddings.word_embeddings.weight", lambda array: array.astype(np.int64)),
        ("embeddings.position_embeddings.weight", lambda array: array[:, :1].copy()),
        ("embeddings.position_embeddings.weight", lambda array: array[0].copy()),
        ("embeddings.token_type_embeddings.weight", lambda array: array[:, :1].copy()),
        ("embeddings.LayerNorm.bias", lambda array: array[:3].copy()),
        ("encoder.layer.0.attention.self.query.weight", lambda array: array[:7].copy()),
        ("encoder.layer.1.attention.self.key.bias", lambda array: array.reshape(4, 8)),
        ("encoder.layer.1.output.dense.weight", lambda array: array.T.copy()),
        ("encoder.layer.1.output.dense.weight", lambda array: array[None]),
    ],
)
def test_weights_that_do_not_go_together(name: str, made: Callable[[Any], Any], model: Path) -> None:
    tiny.save_weights(model, changed(name, made))
    folder = Folder.of(str(model))
    with pytest.raises(SpecError, match="the model's weights"):
        network(folder.config, folder.weights())


def test_pickles_alone_are_refused_and_not_opened(model: Path) -> None:
    (model / "model.safetensors").unlink()
    (model / "pytorch_model.bin").write_bytes(b"cos\nabort\n(tR.")
    with pytest.raises(SpecError, match="can run code"):
        _ = Folder.of(str(model)).content


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("tokenizers", reason="needs the extra 'sentences'")
    folder = tmp_path_factory.mktemp("tokenizer")
    tiny.save_tokenizer(folder)
    return (folder / "tokenizer.json").read_text()


@QUICK
@given(
    st.none() | st.sampled_from(["model", "normalizer", "pre_tokenizer", "post_processor", "added_tokens", "decoder"]),
    JSON,
)
@example("normalizer", {"type": "Precompiled", "precompiled_charsmap": "AAAA"})
@example("model", {"type": "BPE", "vocab": {}, "merges": []})
@example(
    "post_processor",
    {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "Q", "type_id": 0}}],
        "pair": [],
        "special_tokens": {},
    },
)
def test_any_tokenizer(model: Path, tokenizer: str, part: str | None, said: Any) -> None:
    document = said if part is None else {**json.loads(tokenizer), part: said}
    (model / "tokenizer.json").write_text(json.dumps(document))
    with suppress(SpecError):
        found = Tokens.of(Folder.of(str(model))).chunks(["good film", "", None, "é"], room=8, most=2)
        assert all(chunk for chunks in found for chunk in chunks)


def test_a_tokenizer_of_another_model_is_told(tmp_path: Path) -> None:
    for package in ("onnx", "onnxruntime", "tokenizers"):
        pytest.importorskip(package, reason="needs the extra 'sentences'")
    from ratchet.features.catalogue import encoder

    folder = tiny.sentence_model(tmp_path / "tiny")
    document = json.loads((folder / "tokenizer.json").read_text())
    document["model"]["vocab"]["film"] = 4_000_000_000
    (folder / "tokenizer.json").write_text(json.dumps(document))
    with pytest.raises(SpecError, match="its weights know 20"):
        encoder(f"sentences.v1:{folder}")().fit([]).transform(["film"])
    shutil.rmtree(folder)
