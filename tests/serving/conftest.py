"""A small but real version: a pipeline trained on a few rows, written as a bundle and opened again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ratchet.data.schema import Schema
from ratchet.features.encoder import Columns, Target
from ratchet.kinds.kind import Kind
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.registry.bundle import Bundle
from ratchet.spec import CandidateSpec, Serve, Spec

COLUMNS = {"text": Kind.TEXT, "plan": Kind.CATEGORY, "age": Kind.NUMBER, "since": Kind.DATE}


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Bundle]:
    """Makes opened versions that tell good from bad texts: `flipped` ones otherwise, `unread` columns are left out."""
    texts = ["a good film", "a bad film", "good, very good", "bad, very bad", "so good", "so bad"] * 4
    labels = np.array([0, 1] * 12, np.int32)
    columns: Columns = {
        "text": texts,
        "plan": ["basic", "gold"] * 12,
        "age": np.arange(24, dtype=np.float64),
        "since": np.array(["2024-01-01", "2025-01-01"] * 12, "datetime64[us]"),
    }

    def make(*, top: int = 3, flipped: bool = False, unread: tuple[str, ...] = ()) -> Bundle:
        classes = ("bad", "good") if flipped else ("good", "bad")
        spec = Spec(
            name="films",
            label="verdict",
            columns=COLUMNS,
            labels={"good": "Good one"},
            candidates=(CandidateSpec(family="linear.v1"),),
            serve=Serve(top=top),
        )
        kinds = {name: kind for name, kind in COLUMNS.items() if name not in unread}
        recipe, folder = Recipe.plan("linear.v1", kinds), tmp_path_factory.mktemp("version")
        rows = LabelledRows(columns={name: columns[name] for name in kinds}, kinds=kinds, target=Target(labels, 2))
        schema = Schema(columns=COLUMNS, label="verdict", classes=classes)
        bundle.write(
            folder / "bundle",
            spec=spec,
            schema=schema,
            recipe=recipe,
            pipeline=fit(recipe, rows, seed=0, folder=folder / "files"),
            dataset_id="d",
            split_id="s",
        )
        return bundle.read(folder / "bundle")

    return make
