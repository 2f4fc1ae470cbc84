"""What fine-tuning takes on a GPU: MiniLM on film reviews, and DistilBERT's shape from random weights, for speed only.

    python -m bench.gpu --data DATA/imdb.parquet
    python -m bench.gpu --data DATA/imdb.parquet --rows 200 --epochs 1      # on a CPU, to see that it runs

Printed are accuracy on test rows, rows a second, and the share of the device's peak: 6 floating-point operations a
weight and token (Kaplan et al. 2020, "Scaling Laws for Neural Language Models", section 2.1), without those of words.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ratchet.features.encoder import Target
from ratchet.features.huggingface.folder import Folder
from ratchet.features.huggingface.tokens import Tokens
from ratchet.features.sentences import DEFAULT
from ratchet.kinds.kind import Kind
from ratchet.models import device
from ratchet.models.catalogue import family
from ratchet.models.family import ColumnFamily, LabelledRows, Shape
from ratchet.models.history import history_of
from ratchet.models.huggingface.finetuning import Finetuning, Texts
from ratchet.models.huggingface.pipeline import MOST
from ratchet.models.transformer import FineTuned, settings_of

PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L4": 121e12, "T4": 65e12}
"""Dense operations a second in bfloat16 (T4: float16), as the makers' data sheets say."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=25_000)
    parser.add_argument("--epochs", type=int, default=3)
    said = parser.parse_args()
    learn, test = (_rows(said.data, side, said.rows) for side in ("train", "test"))
    print(
        json.dumps(
            {"device": _device(), "minilm": minilm(learn, test, said.epochs), "distilbert": distilbert(learn)}, indent=1
        )
    )


def minilm(learn: LabelledRows, test: LabelledRows, epochs: int) -> dict[str, Any]:
    """Fine-tuned as the family does, answered as it is served."""
    way = family(FineTuned.name)
    assert isinstance(way, ColumnFamily)
    params = {**way.defaults(Shape(rows=len(learn), classes=2)), "epochs": epochs}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        made = way.fit(learn, params, seed=0, folder=Path(folder), threads=_threads())
        took = time.perf_counter() - began
        began = time.perf_counter()
        right = made.predict(test.columns).argmax(axis=1) == test.target.labels
        answered = len(test) / (time.perf_counter() - began)
    told = history_of(made)
    return {
        "accuracy": float(right.mean()),
        "test_rows": len(test),
        "fit_seconds": took,
        "fit_rows_a_second": len(learn) * len(told.curves[0].steps) / took,
        "answers_a_second_on_cpu": answered,
        **told.facts,
    }


def distilbert(learn: LabelledRows) -> dict[str, Any]:
    """Steps of a network of DistilBERT's shape with random weights; nothing is said of what it learns."""
    import torch
    import transformers

    source = Folder.of(DEFAULT)
    tokens = Tokens.of(source)
    texts = [str(each) for each in learn.columns["text"]]
    chunks = [each[:1] for each in tokens.chunks(texts, room=256, most=MOST)]
    config = transformers.DistilBertConfig(num_labels=2)
    torch.manual_seed(0)
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    weights = sum(each.numel() for name, each in model.named_parameters() if "embeddings" not in name)
    params = {**FineTuned().defaults(Shape(rows=len(learn), classes=2)), "epochs": 1}
    settings = settings_of(params, seed=0, padding=tokens.padding)
    fit = Finetuning(model, settings, classes=2, device=device.chosen())
    labels = learn.target.labels
    few = min(len(labels), settings.batch * 2)
    fit.fit(_texts(chunks, labels, few), Texts(chunks=[], labels=labels[:0]))  # warms up
    began = time.perf_counter()
    fit.fit(_texts(chunks, labels, len(labels)), Texts(chunks=[], labels=labels[:0]))
    took = time.perf_counter() - began
    operations = 6 * weights * sum(len(each[0]) for each in chunks) / took
    peak = _peak()
    return {
        "rows_a_second": len(labels) / took,
        "operations_a_second": operations,
        "share_of_peak": None if peak is None else operations / peak,
    }


def _texts(chunks: list[list[list[int]]], labels: Any, count: int) -> Texts:
    return Texts(chunks=chunks[:count], labels=labels[:count])


def _rows(path: Path, side: str, count: int) -> LabelledRows:
    frame = pl.read_parquet(path).filter(pl.col("split") == side)
    frame = frame.sample(min(count, len(frame)), seed=0, shuffle=True)
    labels = (frame["label"] == "positive").to_numpy().astype(np.int32)
    return LabelledRows(columns={"text": frame["text"].to_list()}, kinds={"text": Kind.TEXT}, target=Target(labels, 2))


def _device() -> str:
    import torch

    return str(torch.cuda.get_device_name()) if device.chosen() == "cuda" else "cpu"


def _peak() -> float | None:
    return next((peak for name, peak in PEAKS.items() if name in _device()), None)


def _threads() -> int:
    import torch

    return int(torch.get_num_threads())


if __name__ == "__main__":
    main()
