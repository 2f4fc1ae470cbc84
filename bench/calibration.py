"""Does calibration make probabilities honest on real data, at no cost in right answers?

    python bench/calibration.py [--json]

For each table: a default model is fitted to 60 % of the rows, `calibrate` sees its answers out of fold (five folds of
those rows, as in training), and both models are judged on the other 40 %: log-loss, calibration error, accuracy, macro
recall.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ratchet.clock import rng
from ratchet.features.columns import from_frame
from ratchet.features.encoder import Target
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import metric
from ratchet.models.calibrated import Calibrated, calibrate
from ratchet.models.catalogue import family
from ratchet.models.family import LabelledRows
from ratchet.models.learner import learner as make
from ratchet.models.recipe import Recipe

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))
FOLDS = 5
MOST_ROWS = 20_000
TABLES = {
    "telco_churn": ("customerID",),
    "german_credit": (),
    "bank_marketing": ("duration", "row_order"),
    "tweeteval_sentiment": ("tweet_source", "split"),
    "rakuten_fr_products_sample": ("prdtypecode", "title", "description", "product_id", "image_id", "source"),
}
METRICS = ("log_loss", "ece", "accuracy", "macro_recall")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    results = [measure(name, learner) for name in TABLES for learner in ("linear.v1", "boosted.v1")]
    print(json.dumps(results, indent=1) if chosen.json else as_text(results))


def measure(name: str, learner: str) -> dict[str, Any]:
    frame = pl.read_parquet(DATA / f"{name}.parquet").drop(*TABLES[name]).sample(fraction=1.0, shuffle=True, seed=0)
    frame = frame[:MOST_ROWS]
    labels = np.unique(frame.drop_in_place("label").to_numpy(), return_inverse=True)[1].astype(np.int32)
    kinds = {column: kind_of(frame[column]) for column in frame.columns}
    frame = frame.with_columns(pl.col(each).cast(pl.String) for each, kind in kinds.items() if kind is not Kind.NUMBER)
    cut = len(labels) * 6 // 10
    columns, asked = (from_frame(part, kinds) for part in (frame[:cut], frame[cut:]))
    rows = LabelledRows(columns=columns, kinds=kinds, target=Target(labels[:cut], int(labels.max()) + 1))
    recipe = Recipe.plan(learner, kinds)
    made = make(recipe, rows)
    params = family(learner).defaults(made.shape)
    fold, outside = rng(name).permutation(cut) % FOLDS, np.empty((cut, rows.target.classes))
    for each in range(FOLDS):
        inside = np.flatnonzero(fold == each)
        outside[inside] = made.answered(inside, np.flatnonzero(fold != each), params, seed=0)[0]
    plain = made.fit(params, seed=0, folder=Path())
    pipeline, _ = calibrate(plain, outside, labels[:cut], seed=0)
    p, mended = plain.predict(asked), pipeline.predict(asked)
    return {
        "data": name,
        "family": learner,
        "calibration": pipeline.calibration.name if isinstance(pipeline, Calibrated) else "none",
        "before": {each: metric(each).value(labels[cut:], p) for each in METRICS},
        "after": {each: metric(each).value(labels[cut:], mended) for each in METRICS},
    }


def kind_of(column: pl.Series) -> Kind:
    if column.dtype.is_numeric():
        return Kind.NUMBER
    return Kind.TEXT if column.n_unique() > 200 else Kind.CATEGORY


def as_text(results: list[dict[str, Any]]) -> str:
    lines = [
        "| data | family | calibration | log-loss | ECE | accuracy | macro recall |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for row in results:
        moved = (f"{row['before'][each]:.3f} -> {row['after'][each]:.3f}" for each in METRICS)
        lines.append(f"| {row['data']} | {row['family']} | {row['calibration']} | {' | '.join(moved)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
