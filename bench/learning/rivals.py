"""What else a user would take, on the same rows: scikit-learn, and AutoML systems with the same budget.

An AutoML system lives in an interpreter of its own (``--beside flaml=PATH``), since its demands on releases are narrow.
It is handed rows to learn from and rows to answer as Parquet, and gives back classes and probabilities.
"""

from __future__ import annotations

import json
import math
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.learning.ours import Trained
from ratchet.arrays import Probabilities

SCRIPTS = {name: Path(__file__).with_name(f"{name}_rival.py") for name in ("flaml", "autogluon")}


@dataclass(frozen=True, kw_only=True)
class Rivalled:
    """One rival on one split."""

    value: float
    seconds: float


def sides(trained: Trained) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows to learn from and those held out, as every rival gets them: features and label."""
    columns = [*trained.kinds, "label"]
    learned = trained.frame.filter(pl.col("_side").is_in(["train", "tune"]))
    return learned.select(columns), trained.frame.filter(pl.col("_side") == "holdout").select(columns)


def scikit_learn(trained: Trained, metric: str) -> Rivalled:
    """TF-IDF + LinearSVC where there is text, else one-hot + HistGradientBoosting, with their usual settings."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    from sklearn.svm import LinearSVC

    started = time.perf_counter()
    learned, held = sides(trained)
    texts = [name for name, kind in trained.kinds.items() if kind == "text"]
    if texts:
        joined = pl.concat_str(pl.col(texts).fill_null(""), separator=" ")
        rows, asked = (each.select(joined).to_series().to_list() for each in (learned, held))
        model = make_pipeline(TfidfVectorizer(), LinearSVC())
    else:
        rows, asked = (each.drop("label").to_pandas() for each in (learned, held))
        one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        categories = [name for name, kind in trained.kinds.items() if kind == "category"]
        columns = make_column_transformer((one_hot, categories), remainder="passthrough")
        model = make_pipeline(columns, HistGradientBoostingClassifier(random_state=0))
    model.fit(rows, learned["label"].to_list())
    if texts:
        answers = model.decision_function(asked)
        answers = np.stack([-answers, answers], axis=1) if answers.ndim == 1 else answers
    else:
        answers = model.predict_proba(asked)
    value = measured(metric, held["label"].to_list(), list(model.classes_), answers)
    return Rivalled(value=value, seconds=time.perf_counter() - started)


def automl(name: str, python: Path, trained: Trained, metric: str, budget: float, folder: Path) -> Rivalled:
    """One of `SCRIPTS`, with ``budget`` seconds, in its own interpreter; NaN, and it is said, where it gave nothing."""
    learned, held = sides(trained)
    learned.write_parquet(folder / "learned.parquet")
    held.drop("label").write_parquet(folder / "asked.parquet")
    wish = {"kinds": trained.kinds, "metric": metric, "budget": budget}
    (folder / "wish.json").write_text(json.dumps(wish), encoding="utf-8")
    started = time.perf_counter()
    done = subprocess.run([python, SCRIPTS[name], folder], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        print(f"{name} gave no answer: {done.stderr.strip()[-300:]}", flush=True)
        return Rivalled(value=math.nan, seconds=seconds)
    with np.load(folder / "answers.npz") as answers:
        classes, probabilities = answers["classes"].tolist(), answers["probabilities"]
    return Rivalled(value=measured(metric, held["label"].to_list(), classes, probabilities), seconds=seconds)


def measured(metric: str, labels: list[str], classes: list[str], answers: Probabilities) -> float:
    """The metric of a rival's answers (rows, classes)."""
    from sklearn.metrics import accuracy_score, recall_score, roc_auc_score

    if metric == "roc_auc":
        return float(roc_auc_score(np.array(labels) == classes[1], answers[:, 1]))
    predicted: Any = np.array(classes)[answers.argmax(axis=1)]
    if metric == "accuracy":
        return float(accuracy_score(labels, predicted))
    return float(recall_score(labels, predicted, average="macro"))
