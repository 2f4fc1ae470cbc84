"""Do prediction sets hold the true class as often as promised?  On real data, over 200 seeded splits.

    python bench/coverage.py [--splits 200] [--coverage 0.9] [--json]

telco_churn: at every split a linear model is fitted to a third of the rows, the sets to another; the last judges.
tweeteval_sentiment: one model, fitted to 15,000 tweets; the others are cut in two anew at every split.
telco_churn, as trained: what `ratchet train` does.  Calibration and sets are fitted to out-of-fold probabilities of
five models, and then serve one model fitted to all of those rows; split-conformal theory does not cover that step, so
it is measured.  A split of n rows to fit to and m to judge by would stray by sqrt(c (1 - c) (1/n + 1/m)) if all were
well.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Labels, Probabilities
from ratchet.clock import rng
from ratchet.features.columns import from_frame
from ratchet.features.encoder import Matrix
from ratchet.features.matrix import take
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.calibrated import CALIBRATIONS, choose
from ratchet.models.conformal import SetQuality, fit
from ratchet.models.family import Model, Shape
from ratchet.models.linear import Linear
from ratchet.models.recipe import Recipe

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))
FOLDS = 5

Split = tuple[Probabilities, Labels, Probabilities, Labels]
"""Probabilities and labels to fit to, then those to judge by."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--coverage", type=float, default=0.9)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    results = []
    for name, cut in (("telco_churn", telco), ("tweeteval_sentiment", tweets), ("telco_churn, as trained", as_trained)):
        results.append(measure(name, cut(chosen.splits), chosen.coverage))
    print(json.dumps(results, indent=1) if chosen.json else as_text(results, chosen.splits, chosen.coverage))


def measure(name: str, splits: Iterator[Split], coverage: float) -> dict[str, Any]:
    found = [fit(known, labels, coverage).measure(asked, truth) for known, labels, asked, truth in splits]
    return {"data": name, **summary(found, coverage)}


def summary(found: list[SetQuality], coverage: float) -> dict[str, float]:
    reached = np.array([each.coverage for each in found])
    return {
        "coverage": float(reached.mean()),
        "strays": float(reached.std(ddof=1)),
        "within_1_point": float((np.abs(reached - coverage) <= 0.01).mean()),
        "lowest": float(reached.min()),
        "mean_size": float(np.mean([each.mean_size for each in found])),
        "abstained": float(np.mean([each.abstained for each in found])),
    }


def as_text(results: list[dict[str, Any]], splits: int, coverage: float) -> str:
    lines = [
        f"Coverage promised: {coverage}; {splits} splits.\n",
        "| data | coverage | strays by | lowest | splits within 1 point | mean size | abstains |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines.extend(
        f"| {row['data']} | {row['coverage']:.4f} | {row['strays']:.4f} | {row['lowest']:.3f} "
        f"| {row['within_1_point']:.0%} | {row['mean_size']:.2f} | {row['abstained']:.0%} |"
        for row in results
    )
    return "\n".join(lines)


def telco(splits: int) -> Iterator[Split]:
    rows, labels = telco_rows()
    for seed in range(splits):
        model_rows, known, asked = np.array_split(rng("telco", seed).permutation(len(labels)), 3)
        model = learn(take(rows, model_rows), labels[model_rows])
        yield answers(model, rows, known), labels[known], answers(model, rows, asked), labels[asked]


def as_trained(splits: int) -> Iterator[Split]:
    rows, labels = telco_rows()
    for seed in range(splits):
        mixed = rng("as trained", seed).permutation(len(labels))
        known, asked = mixed[: len(mixed) * 4 // 5], mixed[len(mixed) * 4 // 5 :]
        outside = np.empty((len(known), 2))
        fold = np.arange(len(known)) % FOLDS
        for each in range(FOLDS):
            inside = known[fold != each]
            outside[fold == each] = answers(learn(take(rows, inside), labels[inside]), rows, known[fold == each])
        plain = learn(take(rows, known), labels[known])
        chosen, answered = choose(outside, labels[known], seed=seed), answers(plain, rows, asked)
        if chosen is not None:
            calibration = CALIBRATIONS[chosen].fit(outside, labels[known])
            outside, answered = calibration.apply(outside), calibration.apply(answered)
        yield outside, labels[known], answered, labels[asked]


def tweets(splits: int) -> Iterator[Split]:
    frame = pl.read_parquet(DATA / "tweeteval_sentiment.parquet", columns=["text", "label"])
    columns = from_frame(frame, {"text": Kind.TEXT})
    labels = np.unique(frame["label"].to_numpy(), return_inverse=True)[1].astype(np.int32)
    mixed = rng("tweets").permutation(len(labels))
    learned, others = mixed[:15_000], mixed[15_000:]
    texts = columns["text"]
    encoder = TableEncoder.fit({"text": [texts[at] for at in learned]}, {"text": Kind.TEXT}, {"text": "ngrams.v1"})
    rows = encoder.transform(columns)
    model = learn(take(rows, learned), labels[learned])
    p, truth = answers(model, rows, others), labels[others]
    for seed in range(splits):
        known, asked = np.array_split(rng("tweets", seed).permutation(len(truth)), 2)
        yield p[known], truth[known], p[asked], truth[asked]


def telco_rows() -> tuple[Matrix, Labels]:
    frame = pl.read_parquet(DATA / "telco_churn.parquet").drop("customerID")
    labels = np.unique(frame.drop_in_place("label").to_numpy(), return_inverse=True)[1].astype(np.int32)
    kinds = {name: Kind.NUMBER if kind.is_numeric() else Kind.CATEGORY for name, kind in frame.schema.items()}
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name, kind in kinds.items() if kind is Kind.CATEGORY)
    columns = from_frame(frame, kinds)
    return TableEncoder.fit(columns, kinds, Recipe.plan("linear.v1", kinds).encoders).transform(columns), labels


def learn(rows: Matrix, labels: Labels) -> Model:
    linear, classes = Linear(), int(labels.max()) + 1
    width = rows.sparse.width if rows.sparse else 0
    shape = Shape(rows=len(labels), classes=classes, dense=rows.dense.shape[1], sparse=width)
    return linear.fit(rows, labels, classes, linear.defaults(shape), seed=0)


def answers(model: Model, rows: Matrix, chosen: npt.NDArray[Any]) -> Probabilities:
    return model.predict(take(rows, chosen))


if __name__ == "__main__":
    main()
