"""Rows that a tiny transformer can learn, and a fit of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ratchet.clock import rng
from ratchet.features.encoder import Columns, Target
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import family
from ratchet.models.family import ColumnFamily, LabelledRows, Shape
from ratchet.models.huggingface.pipeline import Transformer
from tests.features.huggingface import tiny

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


def opinions(seed: int = 0, count: int = ROWS) -> LabelledRows:
    """Two columns of texts; the class is what most of five words say, so that no single word tells it."""
    random = rng("opinions", seed)
    titles: list[str | None] = []
    said, labels = [], []
    for at in range(count):
        judged = random.choice(["bad", "awful", "good", "fine"], 5)
        words = [*judged, *random.choice(["the", "a", "film", "plot", "of", "it"], 4)]
        said.append(" ".join(random.permutation(words)))
        labels.append(int(np.isin(judged, ["good", "fine"]).sum() > 2))
        titles.append(None if at % 5 == 0 else "a film")
    columns: Columns = {"title": titles, "said": said}
    return LabelledRows(
        columns=columns, kinds=dict.fromkeys(columns, Kind.TEXT), target=Target(np.array(labels, dtype=np.int32), 2)
    )


def finished(folder: Path, labels: tuple[str, str], rows: LabelledRows, steps: int = 20) -> Path:
    """A BERT that was trained for some steps to tell classes apart; its first label is that of class 1."""
    import torch
    import transformers

    model = tiny.classifier("bert", folder, labels=labels, initializer_range=0.1).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]")
    inputs = tokenizer([str(each) for each in rows.columns["said"]], return_tensors="pt", padding=True)
    for _ in range(steps):
        loss = model(**inputs, labels=torch.tensor(1 - rows.target.labels).long()).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval().save_pretrained(folder)
    return folder


def fitted(model: Path, rows: LabelledRows, *, seed: int = 1, **more: Any) -> Transformer:
    way = family("transformer.v1")
    assert isinstance(way, ColumnFamily)
    shape = Shape(rows=len(rows), classes=rows.target.classes)
    params = {**way.defaults(shape), "model": str(model), "learning_rate": 3e-3, "batch": 8, "room": 12, **more}
    made = way.fit(rows, params, seed=seed, folder=model, threads=1)
    assert isinstance(made, Transformer)
    return made
