"""How long a search takes: ours beside scikit-learn's GridSearchCV on the same texts and folds, in one run.

    python bench/search.py [tweeteval_sentiment.parquet] [--rows 4000] [--trees ngrams.v2 words.v2]

Sixteen settings of logistic regression, a linear SVM, boosted trees and a forest on words and pairs of words, three
folds: scikit-learn tries all of them on all folds, each pipeline with its own TfidfVectorizer, two jobs at once; ours
encodes the rows once, tries each on one fold or two, and gives the best more.  Our four read ``ngrams.v2`` (words,
pairs and, where texts are short, letters), the trees too, so that they read no less than scikit-learn's, whose boosted
trees take no sparse rows and read the thousand most frequent columns.  Then once more with our trees on ``words.v2``,
which they read by themselves: which of the thousand most frequent words there are.

Prints the seconds of both, by the clock and of processors, their ratio, and macro-F1 on rows that neither has seen,
which has to be as good for the ratio to mean anything.  Both hold the start of workers and the last fit to all rows;
ours the baselines too.  On a busy machine only the seconds of processors can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ratchet.engine.processes import ProcessEngine
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import METRICS
from ratchet.spec import Spec
from ratchet.training import session
from ratchet.training.task import TrainingRows
from ratchet.training.train import train

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))
WORKERS, FOLDS = 2, 3
SEED = 17
"""Of the rows; no setting of ours was chosen on them."""
WANTED: dict[str, dict[str, Any]] = {
    "linear.v1": {"loss": "log", "scaling": "none"},
    "svm.v1": {"kernel": "linear"},
    "boosted.v1": {"class_weight": "none"},
    "forest.v1": {"kind": "random"},
}
"""Family -> what is fixed of it."""
TREES = ("boosted.v1", "forest.v1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", nargs="?", type=Path, default=DATA / "tweeteval_sentiment.parquet")
    parser.add_argument("--rows", type=int, default=4_000, help="rows to learn from")
    parser.add_argument("--trees", nargs="+", default=["ngrams.v2", "words.v2"], help="what our trees read")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    frame = (
        pl.read_parquet(chosen.table).filter(pl.col("split") == "train").sample(fraction=1.0, shuffle=True, seed=SEED)
    )
    learned, asked = frame[: chosen.rows], frame[chosen.rows : 2 * chosen.rows]
    result = {"scikit-learn": grid_search(learned, asked)}
    result |= {f"ratchet, trees on {each}": ratchet(learned, asked, each) for each in chosen.trees}
    print(json.dumps(result) if chosen.json else as_text(result))


def spent() -> float:
    """Seconds of processors that this process and those it has waited for have taken."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)


def grid_search(learned: pl.DataFrame, asked: pl.DataFrame) -> dict[str, Any]:
    from joblib.externals.loky import get_reusable_executor  # type: ignore[import-untyped]
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
    began, before = time.monotonic(), spent()
    search = GridSearchCV(pipeline, grid, cv=FOLDS, n_jobs=WORKERS, scoring="f1_macro")
    search.fit(learned["text"].to_list(), learned["label"].to_numpy())
    seconds = time.monotonic() - began
    get_reusable_executor().shutdown(wait=True)
    processors = spent() - before
    answers = search.predict(asked["text"].to_list())
    score = float(f1_score(asked["label"].to_numpy(), answers, average="macro"))
    best = type(search.best_params_["model"]).__name__
    settings = len(search.cv_results_["params"])
    return {"seconds": seconds, "cpu": processors, "macro_f1": score, "best": best, "settings": settings}


def _densified(rows: Any) -> Any:
    return rows.toarray()


def ratchet(learned: pl.DataFrame, asked: pl.DataFrame, trees: str) -> dict[str, Any]:
    classes, labels = np.unique(learned["label"].to_numpy(), return_inverse=True)
    candidates = [
        {"family": each, "params": fixed, "encoders": {"text": trees if each in TREES else "ngrams.v2"}}
        for each, fixed in WANTED.items()
    ]
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
    began, before = time.monotonic(), spent()
    engine = ProcessEngine(WORKERS)
    with tempfile.TemporaryDirectory() as folder, session.opened(Path(folder)) as own:
        try:
            made = train(spec, rows, engine=engine, session=own)
            seconds = time.monotonic() - began
        finally:
            engine.close()
        processors = spent() - before
        answers = made.best.pipeline.predict({"text": asked["text"].to_list()})
    truth = np.searchsorted(classes, asked["label"].to_numpy()).astype(np.int32)
    score = METRICS["macro_f1"].value(truth, answers)
    best, settings = made.best.recipe.family, len(made.trials)
    return {"seconds": seconds, "cpu": processors, "macro_f1": score, "best": best, "settings": settings}


def as_text(result: dict[str, Any]) -> str:
    theirs = result["scikit-learn"]
    return "\n".join(
        f"{name:<27} {each['seconds']:6.1f} s, of processors {each['cpu']:6.1f} s   macro-F1 {each['macro_f1']:.3f}   "
        f"{each['settings']} settings, best: {each['best']}; {theirs['seconds'] / each['seconds']:.1f} times as fast, "
        f"by processors {theirs['cpu'] / each['cpu']:.1f} times"
        for name, each in result.items()
    )


if __name__ == "__main__":
    main()
