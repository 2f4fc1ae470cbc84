"""Texts a second, encoded and answered: ours beside scikit-learn's TfidfVectorizer and LogisticRegression, in one run.

    python bench/text_speed.py [tweeteval_sentiment.parquet]

All learn words and pairs of words from the same texts and answer the same ones: one row at a time, and in batches of
256.  Ours are `ngrams.v1`, without and with the pieces of rare words, and the default of today, `ngrams.v2`, with the
letters of all words; answers of the latter go the way of a pipeline in service.  Prints rows a second of each, the
ratios, and the accuracies, which have to be alike for the ratios to mean anything.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Ints32
from ratchet.features.encoder import Target
from ratchet.features.ngrams import NGrams
from ratchet.kinds.kind import Kind
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.linear import Linear
from ratchet.models.recipe import Recipe

Answer = Callable[[list[str]], npt.NDArray[Any]]
DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))
ROUNDS = 5
BATCH = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", nargs="?", type=Path, default=DATA / "tweeteval_sentiment.parquet")
    parser.add_argument("--rows", type=int, default=20_000, help="rows to learn from")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    frame = pl.read_parquet(chosen.table, columns=["text", "label"]).sample(fraction=1.0, shuffle=True, seed=0)
    train, test = frame[: chosen.rows], frame[chosen.rows : chosen.rows + 4_096]
    result = measure(train, test)
    print(json.dumps(result) if chosen.json else as_text(result))


def measure(train: pl.DataFrame, test: pl.DataFrame) -> dict[str, Any]:
    classes, labels = np.unique(train["label"].to_numpy(), return_inverse=True)
    texts, truth = test["text"].to_list(), test["label"].to_numpy()
    learned, answers = train["text"].to_list(), labels.astype(np.int32)
    ways = {
        "scikit-learn": scikit_learn(learned, labels),
        "ngrams.v1, no pieces": ratchet(NGrams(pieces=False), learned, answers, len(classes)),
        "ngrams.v1": ratchet(NGrams(), learned, answers, len(classes)),
        "default": default(learned, answers, len(classes)),
    }
    singles, batches = texts[:500], texts
    rates: dict[str, dict[str, list[float]]] = {name: {"one": [], "batch": []} for name in ways}
    for _ in range(ROUNDS):  # in turn, so that a busy machine slows both alike
        for name, answer in ways.items():
            rates[name]["one"].append(rows_a_second(answer, singles, 1))
            rates[name]["batch"].append(rows_a_second(answer, batches, BATCH))
    best = {name: {size: max(each) for size, each in sizes.items()} for name, sizes in rates.items()}
    return {
        "words a row": float(np.mean([len(text.split()) for text in texts])),
        "accuracy": {
            name: float((classes[answer(texts).argmax(axis=1)] == truth).mean()) for name, answer in ways.items()
        },
        "rows a second": best,
        "ratio": {
            name: {size: each[size] / best["scikit-learn"][size] for size in each} for name, each in best.items()
        },
    }


def scikit_learn(texts: Sequence[str], labels: npt.NDArray[Any]) -> Answer:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    encoder = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=3.0, max_iter=200).fit(encoder.fit_transform(texts), labels)
    return lambda rows: np.asarray(model.predict_proba(encoder.transform(rows)))


def ratchet(encoder: NGrams, texts: Sequence[str], labels: Ints32, classes: int) -> Answer:
    fitted = encoder.fit(texts)
    params = {"C": 3.0, "class_weight": "none", "loss": "log"}
    model = Linear().fit(fitted.transform(texts), labels, classes, params, seed=0)
    return lambda rows: model.predict(fitted.transform(rows))


def default(texts: Sequence[str], labels: Ints32, classes: int) -> Answer:
    recipe = Recipe.plan("linear.v1", {"text": Kind.TEXT})
    rows = LabelledRows(columns={"text": texts}, kinds={"text": Kind.TEXT}, target=Target(labels, classes))
    pipeline = fit(recipe, rows, seed=0, folder=Path())
    return lambda batch: pipeline.predict({"text": batch})


def rows_a_second(answer: Answer, texts: Sequence[str], size: int) -> float:
    batches = [list(texts[start : start + size]) for start in range(0, len(texts), size)]
    began = time.perf_counter()
    for batch in batches:
        answer(batch)
    return len(texts) / (time.perf_counter() - began)


def as_text(result: dict[str, Any]) -> str:
    lines = [f"{result['words a row']:.0f} words a row; best of {ROUNDS} rounds", ""]
    lines.append(f"{'':20}{'one by one':>14}{'ratio':>8}{f'by {BATCH}':>14}{'ratio':>8}{'accuracy':>10}")
    for name, rates in result["rows a second"].items():
        one, batch = (f"{rates[size]:>12,.0f}/s{result['ratio'][name][size]:>7.1f}x" for size in ("one", "batch"))
        lines.append(f"{name:20}{one}{batch}{result['accuracy'][name]:>10.4f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
