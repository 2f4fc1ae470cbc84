"""Rows that a tiny transformer can learn, and a fit of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ratchet.clock import rng
from ratchet.features.encoder import Target
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import family
from ratchet.models.family import ColumnFamily, LabelledRows, Shape
from ratchet.models.huggingface.pipeline import Transformer

ROWS = 80


def made_up(seed: int = 0) -> LabelledRows:
    """Two columns of texts; what one of them says tells the class."""
    random = rng("transformer rows", seed)
    labels = random.integers(0, 2, ROWS).astype(np.int32)
    words = [("bad", "awful"), ("good", "fine")]
    said = [" ".join([*random.choice(["the", "film", "plot", "it"], 4), *random.choice(words[at], 2)]) for at in labels]
    title = [None if at % 5 == 0 else "a film" for at in range(ROWS)]
    kinds = {"title": Kind.TEXT, "said": Kind.TEXT}
    return LabelledRows(columns={"title": title, "said": said}, kinds=kinds, target=Target(labels, 2))


def fitted(model: Path, rows: LabelledRows, *, seed: int = 1, **more: Any) -> Transformer:
    way = family("transformer.v1")
    assert isinstance(way, ColumnFamily)
    shape = Shape(rows=len(rows), classes=rows.target.classes)
    params = {**way.defaults(shape), "model": str(model), "learning_rate": 3e-3, "batch": 8, "room": 12, **more}
    made = way.fit(rows, params, seed=seed, folder=model, threads=1)
    assert isinstance(made, Transformer)
    return made
