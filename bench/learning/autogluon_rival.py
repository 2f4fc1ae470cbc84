"""AutoGluon on the rows of a folder (`bench.learning.rivals.automl`), with its preset ``medium_quality``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

METRICS = {"accuracy": "accuracy", "macro_recall": "balanced_accuracy", "roc_auc": "roc_auc"}


def main(folder: Path) -> None:
    from autogluon.tabular import TabularPredictor  # type: ignore[import-not-found, unused-ignore]

    wish = json.loads((folder / "wish.json").read_text("utf-8"))
    learned, asked = (pd.read_parquet(folder / f"{name}.parquet") for name in ("learned", "asked"))
    predictor = TabularPredictor(
        label="label", eval_metric=METRICS[wish["metric"]], path=str(folder / "autogluon"), verbosity=0
    )
    predictor.fit(learned, presets="medium_quality", time_limit=wish["budget"], num_cpus=2)
    probabilities = predictor.predict_proba(asked)
    classes = np.array(probabilities.columns, dtype=str)
    np.savez(folder / "answers.npz", classes=classes, probabilities=probabilities.to_numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
