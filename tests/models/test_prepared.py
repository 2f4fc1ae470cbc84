"""Text columns are made ready for every family alike, in learning, in the bundle and in answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ratchet.features.encoder import Columns, Target
from ratchet.kinds.kind import Kind
from ratchet.models import catalogue, learner, parts
from ratchet.models.family import LabelledRows
from ratchet.models.opening import PIPELINES, open_pipeline
from ratchet.models.pipeline import Pipeline
from ratchet.models.prepared import Prepared
from ratchet.models.recipe import Recipe
from ratchet.testing.examples import RawWords, RawWordsPipeline
from ratchet.testing.pipelines import check_pipeline

KINDS = {"title": Kind.TEXT, "body": Kind.TEXT, "price": Kind.NUMBER}
TEXTS = {"title + body": {"of": ["title", "body"], "clean": ["html"]}}
GOOD, BAD = ["good", "fine", "great", "lovely"], ["bad", "poor", "awful", "dull"]


def rows(count: int = 80) -> LabelledRows:
    rng = np.random.default_rng(0)
    labels = (np.arange(count) % 2).astype(np.int32)
    said = [" ".join(rng.choice(GOOD if label else BAD, 3)) for label in labels]
    return LabelledRows(
        columns={
            "title": [text if at % 3 else None for at, text in enumerate(said)],
            "body": [f"<p>a {text}<br/>film</p>" for text in said],
            "price": rng.normal(size=count),
        },
        kinds=KINDS,
        target=Target(labels, 2),
    )


@pytest.fixture(params=["linear.v1", "boosted.v1", "raw_words.v1"])
def made(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    monkeypatch.setitem(catalogue.FAMILIES, "raw_words.v1", RawWords())
    monkeypatch.setitem(PIPELINES, RawWordsPipeline.name, RawWordsPipeline)
    recipe = Recipe.plan(request.param, KINDS, texts=TEXTS)
    return learner.fit(recipe, rows(), seed=0, folder=tmp_path)


def test_it_keeps_the_promises_of_a_pipeline(made: Pipeline) -> None:
    check_pipeline(made, rows().columns)


def test_it_reads_the_columns_as_they_come(made: Pipeline) -> None:
    assert isinstance(made, Prepared)
    assert {"title", "body"} <= made.columns.keys() <= KINDS.keys()
    assert all(made.columns[name] is KINDS[name] for name in made.columns)


def test_tags_change_no_answer(made: Pipeline) -> None:
    def asked(body: str) -> Columns:
        return {"title": [None], "body": [body], "price": np.zeros(1)}

    plain, marked = asked("a good film"), asked("<div>a <b>good</b> film</div><!-- awful -->")
    assert np.array_equal(made.predict(plain), made.predict(marked))
    assert not np.array_equal(made.predict(plain), made.predict(asked("an awful film")))


def test_it_comes_back_from_disk(made: Pipeline, tmp_path: Path) -> None:
    (folder := tmp_path / "bundle").mkdir()
    opened = open_pipeline(parts.load(folder, parts.save(folder, {"pipeline": made.save()}))["pipeline"])
    assert isinstance(opened, Prepared)
    assert opened.texts == TEXTS
    assert np.array_equal(opened.predict(rows().columns), made.predict(rows().columns))


def test_columns_that_only_the_recipe_has_are_not_read(tmp_path: Path) -> None:
    recipe = Recipe.plan("linear.v1", KINDS, texts=TEXTS | {"title": {"of": ["title"]}}, encoders={"title": "blank.v1"})
    made = learner.fit(recipe, rows(), seed=0, folder=tmp_path)
    assert set(made.columns) == {"title", "body", "price"}
