"""How long a search takes: ours beside scikit-learn's GridSearchCV on the same texts, settings and folds, in one run.

    python bench/search.py [tweeteval_sentiment.parquet]

Sixteen settings of four classical families on words and pairs of words, three folds: scikit-learn tries all of them on
all folds, each pipeline with its own TfidfVectorizer, two jobs at once; ours encodes the rows once, tries each on one
fold, and gives the best more.  Prints the seconds of both, the ratio, and macro-F1 on rows that neither has seen, which
has to be as good for the ratio to mean anything.  Both times hold the last fit to all rows; ours the baselines too.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ratchet.engine.processes import ProcessEngine
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import METRICS
from ratchet.models.catalogue import FAMILIES
from ratchet.spec import Spec
from ratchet.training import session
from ratchet.training.task import TrainingRows
from ratchet.training.train import train

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))
WORKERS, FOLDS = 2, 3
WANTED = {
    "linear.v1": {"loss": "log"},
    "svm.v1": {},
    "boosted.v1": {"class_weight": "none"},
    "forest.v1": {},
}
"""Family -> what is fixed of it; those that are not there are left out, and linear.v1 with hinge loss stands for an
SVM.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", nargs="?", type=Path, default=DATA / "tweeteval_sentiment.parquet")
    parser.add_argument("--rows", type=int, default=4_000, help="rows to learn from")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    frame = pl.read_parquet(chosen.table, columns=["text", "label"]).sample(fraction=1.0, shuffle=True, seed=0)
    learned, asked = frame[: chosen.rows], frame[chosen.rows : 2 * chosen.rows]
    result = {"scikit-learn": grid_search(learned, asked), "ratchet": ratchet(learned, asked)}
    times = result["scikit-learn"]["seconds"] / result["ratchet"]["seconds"]
    print(json.dumps(result) if chosen.json else as_text(result, times))


def grid_search(learned: pl.DataFrame, asked: pl.DataFrame) -> dict[str, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer
    from sklearn.svm import LinearSVC

    few = {"words__max_features": [1_000], "dense": [FunctionTransformer(_densified)]}
    strengths = [0.1, 1.0, 10.0, 100.0]
    grid: list[dict[str, Any]] = [
        {"model": [LogisticRegression(max_iter=500)], "model__C": strengths},
        {"model": [LinearSVC()], "model__C": [each / 30 for each in strengths]},
        {"model": [HistGradientBoostingClassifier(random_state=0)], "model__learning_rate": [0.03, 0.1],
         "model__max_leaf_nodes": [15, 31], **few},
        {"model": [RandomForestClassifier(n_estimators=200, random_state=0)], "model__max_features": ["sqrt", 0.02],
         "model__min_samples_leaf": [1, 3]},
    ]  # fmt: skip
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    pipeline = Pipeline([("words", words), ("dense", "passthrough"), ("model", LogisticRegression())])
    began = time.monotonic()
    search = GridSearchCV(pipeline, grid, cv=FOLDS, n_jobs=WORKERS, scoring="f1_macro")
    search.fit(learned["text"].to_list(), learned["label"].to_numpy())
    seconds = time.monotonic() - began
    answers = search.predict(asked["text"].to_list())
    score = float(f1_score(asked["label"].to_numpy(), answers, average="macro"))
    best = type(search.best_params_["model"]).__name__
    return {"seconds": seconds, "macro_f1": score, "best": best, "settings": len(search.cv_results_["params"])}


def _densified(rows: Any) -> Any:
    return rows.toarray()


def ratchet(learned: pl.DataFrame, asked: pl.DataFrame) -> dict[str, Any]:
    classes, labels = np.unique(learned["label"].to_numpy(), return_inverse=True)
    candidates = [{"family": each, "params": fixed} for each, fixed in WANTED.items() if each in FAMILIES]
    if "svm.v1" not in FAMILIES:
        candidates.append({"family": "linear.v1", "params": {"loss": "hinge"}})
    spec = Spec(
        name="bench",
        label="label",
        columns={"text": "text"},
        candidates=candidates,
        search={"trials": 16, "folds": FOLDS, "budget": "30m", "method": "random"},
        gate={"metric": "macro_f1"},
    )
    rows = TrainingRows(
        columns={"text": learned["text"].to_list()},
        kinds={"text": Kind.TEXT},
        labels=labels.astype(np.int32),
        classes=tuple(classes.tolist()),
        ids=np.arange(len(labels), dtype=np.uint64),
        tune=np.zeros(len(labels), dtype=bool),
    )
    engine = ProcessEngine(WORKERS)
    try:
        with tempfile.TemporaryDirectory() as folder, session.opened(Path(folder)) as own:
            began = time.monotonic()
            made = train(spec, rows, engine=engine, session=own)
            seconds = time.monotonic() - began
            answers = made.best.pipeline.predict({"text": asked["text"].to_list()})
    finally:
        engine.close()
    truth = np.searchsorted(classes, asked["label"].to_numpy()).astype(np.int32)
    score = METRICS["macro_f1"].value(truth, answers)
    return {"seconds": seconds, "macro_f1": score, "best": made.best.recipe.family, "settings": len(made.trials)}


def as_text(result: dict[str, Any], times: float) -> str:
    lines = [
        f"{name:<14} {each['seconds']:7.1f} s   macro-F1 {each['macro_f1']:.3f}   {each['settings']} settings, best: "
        f"{each['best']}"
        for name, each in result.items()
    ]
    return "\n".join([*lines, f"{times:.1f} times as fast"])


if __name__ == "__main__":
    main()
