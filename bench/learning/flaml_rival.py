"""FLAML on the rows of a folder (`bench.learning.rivals.automl`): TF-IDF of its texts, else the table as it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

METRICS = {"accuracy": "accuracy", "macro_recall": "macro_f1", "roc_auc": "roc_auc"}


def main(folder: Path) -> None:
    from flaml import AutoML  # type: ignore[import-not-found, unused-ignore]

    wish = json.loads((folder / "wish.json").read_text("utf-8"))
    learned, asked = (pd.read_parquet(folder / f"{name}.parquet") for name in ("learned", "asked"))
    classes, labels = np.unique(learned.pop("label").astype(str), return_inverse=True)  # its XGBoost takes numbers only
    rows, held = _encoded(learned, asked, wish["kinds"])
    model = AutoML()
    model.fit(
        rows, labels, task="classification", metric=METRICS[wish["metric"]],
        time_budget=wish["budget"], n_jobs=2, seed=0, verbose=0,
    )  # fmt: skip
    np.savez(
        folder / "answers.npz",
        classes=classes.astype(str)[model.classes_.astype(int)],
        probabilities=model.predict_proba(held),
    )


def _encoded(learned: pd.DataFrame, asked: pd.DataFrame, kinds: dict[str, str]) -> tuple[Any, Any]:
    texts = [name for name, kind in kinds.items() if kind == "text"]
    if not texts:
        categories = {name: "category" for name, kind in kinds.items() if kind == "category"}
        return learned.astype(categories), asked.astype(categories)
    from sklearn.feature_extraction.text import TfidfVectorizer

    joined = [each[texts].fillna("").agg(" ".join, axis=1) for each in (learned, asked)]
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit(joined[0])
    return vectors.transform(joined[0]), vectors.transform(joined[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
