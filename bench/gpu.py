"""What fine-tuning takes on a GPU: MiniLM on film reviews, and DistilBERT's shape from random weights, for speed only.

    python -m bench.gpu --data DATA/imdb.parquet
    python -m bench.gpu --data DATA/imdb.parquet --cpu      # a few minutes without a GPU, to see that it runs

Printed are accuracy on test rows and on the longest tenth of them, rows a second, and the share of the device's peak:
6 floating-point operations a weight and token (Kaplan et al. 2020, "Scaling Laws for Neural Language Models",
section 2.1), without those of words.  What it is at stands on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
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
from ratchet.models.transformer import FineTuned, load, settings_of

PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L4": 121e12, "T4": 65e12}
"""Dense operations a second in bfloat16 (T4: float16), as the makers' data sheets say."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is done."""

    rows: int
    """Rows to learn from."""
    epochs: int
    test_rows: int
    """Rows that are answered on the CPU."""
    step_rows: int
    """Rows whose steps are timed, for the share of the peak."""


SMALL = Size(rows=100, epochs=1, test_rows=100, step_rows=16)
"""What a CPU ends in a few minutes: DistilBERT's shape takes 66 billion operations for a chunk of 256 tokens."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=25_000, help="rows to learn from")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--test-rows", type=int, default=25_000, help="rows that are answered on the CPU")
    parser.add_argument("--step-rows", type=int, default=25_000, help="rows whose steps are timed")
    parser.add_argument("--cpu", action="store_true", help=f"on the CPU, and only so much: {SMALL}")
    said = parser.parse_args()
    given = Size(rows=said.rows, epochs=said.epochs, test_rows=said.test_rows, step_rows=said.step_rows)
    with device.learning_on("cpu" if said.cpu else "auto"):
        print(json.dumps(measured(said.data, SMALL if said.cpu else given), indent=1))


def measured(data: Path, size: Size) -> dict[str, Any]:
    """All that is printed."""
    import transformers

    learn, test = _rows(data, "train", size.rows), _rows(data, "test", size.test_rows)
    _say(f"MiniLM learns from {len(learn):,} rows, {size.epochs} epochs at most")
    found = minilm(learn, test, size.epochs)
    _say("steps of MiniLM")
    found["steps"] = steps(load(Folder.of(DEFAULT), 2, seed=0, threads=_threads()), learn, size.step_rows)
    _say("steps of DistilBERT's shape")
    shape = transformers.AutoModelForSequenceClassification.from_config(transformers.DistilBertConfig(num_labels=2))
    return {"device": _device(), "minilm": found, "distilbert": steps(shape, learn, size.step_rows)}


def minilm(learn: LabelledRows, test: LabelledRows, epochs: int) -> dict[str, Any]:
    """Fine-tuned as the family does, answered as it is served."""
    way = family(FineTuned.name)
    assert isinstance(way, ColumnFamily)
    params = {**way.defaults(Shape(rows=len(learn), classes=2)), "epochs": epochs}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        made = way.fit(learn, params, seed=0, folder=Path(folder), threads=_threads())
        took = time.perf_counter() - began
        _say(f"it answers {len(test):,} rows")
        began = time.perf_counter()
        right = made.predict(test.columns).argmax(axis=1) == test.target.labels
        answered = len(test) / (time.perf_counter() - began)
    told = history_of(made)
    lengths = np.array([len(str(each)) for each in test.columns["text"]])
    longest = np.argsort(lengths, kind="stable")[-max(len(test) // 10, 1) :]
    return {
        "accuracy": float(right.mean()),
        "test_rows": len(test),
        "accuracy_on_longest_tenth": float(right[longest].mean()),
        "letters_of_longest_tenth": f"{lengths[longest].min():,} and more",
        "fit_seconds": took,
        "fit_rows_a_second": len(learn) * len(told.curves[0].steps) / took,
        "answers_a_second_on_cpu": answered,
        **told.facts,
    }


def steps(model: Any, learn: LabelledRows, count: int) -> dict[str, Any]:
    """One epoch over the first chunks of some rows, after a few steps to warm up; nothing is said of what it learns."""
    tokens = Tokens.of(Folder.of(DEFAULT))
    texts = [str(each) for each in learn.columns["text"][:count]]
    chunks = [each[:1] for each in tokens.chunks(texts, room=256, most=MOST)]
    weights = sum(each.numel() for name, each in model.named_parameters() if "embeddings" not in name)
    params = {**FineTuned().defaults(Shape(rows=len(texts), classes=2)), "epochs": 1}
    settings = settings_of(params, seed=0, padding=tokens.padding)
    fit = Finetuning(model, settings, classes=2, device=device.chosen())
    labels = learn.target.labels[: len(texts)]
    none = Texts(chunks=[], labels=labels[:0])
    fit.fit(_texts(chunks, labels, min(len(labels), settings.batch * 2)), none)
    began = time.perf_counter()
    fit.fit(_texts(chunks, labels, len(labels)), none)
    took = time.perf_counter() - began
    operations = 6 * weights * sum(len(each[0]) for each in chunks) / took
    peak = _peak()
    return {
        "rows_a_second": len(labels) / took,
        "operations_a_second": operations,
        "share_of_peak": None if peak is None else operations / peak,
    }


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


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
