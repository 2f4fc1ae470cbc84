from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ratchet.clock import rng
from ratchet.errors import JobError, SpecError
from ratchet.features.encoder import Target
from ratchet.models import device
from ratchet.models.family import LabelledRows
from ratchet.models.history import history_of
from ratchet.models.huggingface import finetuning, precision
from ratchet.models.huggingface.pipeline import Transformer
from ratchet.testing.pipelines import check_pipeline
from tests.features.huggingface import tiny
from tests.models.huggingface.fitting import fitted, made_up

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")

KINDS = ["bert", "distilbert", "roberta", "albert", "camembert"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny.sentence_model(tmp_path / "tiny")


def _right(made: Transformer, rows: LabelledRows) -> float:
    return float((made.predict(rows.columns).argmax(axis=1) == rows.target.labels).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_every_architecture_learns_and_keeps_the_promises(kind: str, tmp_path: Path) -> None:
    tiny.classifier(kind, tmp_path / kind, initializer_range=0.1)
    rows = made_up()
    made = fitted(tmp_path / kind, rows, epochs=4)
    check_pipeline(made, rows.columns)
    assert _right(made, made_up(1)) > 0.9
    told = history_of(made)
    assert len(told.curves[0].learned) == len(told.curves[0].held) >= told.facts["epochs"] >= 1


def test_the_same_seed_gives_the_same_answers_and_another_others(model: Path) -> None:
    rows = made_up()
    first, again, other = (fitted(model, rows, seed=seed).predict(rows.columns) for seed in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).all()


def test_it_learns_from_one_class_and_few_rows(model: Path) -> None:
    rows = made_up().pick(np.flatnonzero(made_up().target.labels == 1)[:3])
    made = fitted(model, rows, epochs=1)
    assert made.predict(rows.columns).shape == (3, 2)


_KILLED = """
import os, signal, sys
sys.path.insert(0, os.getcwd())
from pathlib import Path
from ratchet.models.huggingface import finetuning
from tests.models.huggingface.fitting import fitted, made_up
finetuning._EVERY = 0.0
step = finetuning.Finetuning._step
def killed(self, chunks, labels, standing, *more):
    if standing.step == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return step(self, chunks, labels, standing, *more)
finetuning.Finetuning._step = killed
fitted(Path(sys.argv[1]), made_up())
"""


@pytest.mark.parametrize("step", [4, 13])
def test_a_fit_that_was_killed_goes_on_to_the_same_end(
    step: int, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(model), str(step)], env=os.environ, capture_output=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    (left,) = (tmp_path / "cache" / "ratchet" / "checkpoints").iterdir()
    steps: list[int] = []
    original = finetuning.Finetuning._step

    def counted(self: Any, chunks: Any, labels: Any, standing: Any, *more: Any) -> float:
        steps.append(standing.step)
        return original(self, chunks, labels, standing, *more)

    monkeypatch.setattr(finetuning.Finetuning, "_step", counted)
    went_on = fitted(model, made_up())
    assert steps[0] == step
    assert not left.exists()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    unkilled = fitted(model, made_up())
    assert (went_on.predict(made_up().columns) == unkilled.predict(made_up().columns)).all()
    assert history_of(went_on) == history_of(unkilled)


def test_too_little_memory_halves_the_batch(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = finetuning.Finetuning._scores

    def scarce(self: Any, chunks: Any) -> Any:
        if len(chunks) > 3 and self._model.training:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return scores(self, chunks)

    monkeypatch.setattr(finetuning.Finetuning, "_scores", scarce)
    made = fitted(model, made_up(), epochs=4)
    assert history_of(made).facts["pieces"] == 4
    assert _right(made, made_up(1)) > 0.9


def test_a_loss_that_is_no_number_is_told_in_words(model: Path) -> None:
    weights = tiny.weights(0)
    weights["encoder.layer.0.output.dense.bias"][:] = np.nan
    tiny.save_weights(model, weights)
    with pytest.raises(JobError, match=r"the loss became nan at step 1 of \d+") as raised:
        fitted(model, made_up())
    assert "lower params.learning_rate" in raised.value.todo


def test_whole_numbers_that_cost_right_answers_are_not_used(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = made_up()
    assert fitted(model, rows, epochs=4).meta["precision"] == "int8"
    monkeypatch.setattr(precision, "TOLERATED", -2.0)
    kept = fitted(model, rows, epochs=4)
    assert kept.meta["precision"] == "float32"
    assert {str(each.dtype) for each in kept.save().state.arrays.values()} == {"float32"}


def test_rows_with_rare_classes_count_the_same_where_asked(model: Path) -> None:
    rows = made_up()
    few = np.concatenate([np.flatnonzero(rows.target.labels == 0), np.flatnonzero(rows.target.labels == 1)[:3]])
    plain, weighted = (
        fitted(model, rows.pick(few), epochs=2, class_weight=each).predict(rows.columns)[:, 1].mean()
        for each in ("none", "balanced")
    )
    assert weighted > plain


def test_another_architecture_is_refused_before_it_is_loaded(model: Path) -> None:
    (model / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(SpecError, match="of type 't5', which cannot be read"):
        fitted(model, made_up())


def test_a_gpu_that_is_not_there_is_not_taken_for_granted(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device.chosen() == "cpu"
    with device.learning_on("cuda"), pytest.raises(SpecError, match="PyTorch sees no GPU"):
        fitted(model, made_up())


def test_epochs_without_a_smaller_loss_end_it(model: Path) -> None:
    rows = made_up()
    random = rng("no signal").permutation(len(rows)).astype(np.int64)
    shuffled = LabelledRows(
        columns=rows.columns, kinds=rows.kinds, target=Target(rows.target.labels[random], rows.target.classes)
    )
    told = history_of(fitted(model, shuffled, epochs=30))
    assert len(told.curves[0].held) < 30
    assert told.curves[0].held[told.facts["epochs"] - 1] == min(told.curves[0].held)
