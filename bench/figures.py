"""What `ratchet train` reaches with its defaults on real data, beside a plain scikit-learn pipeline on the same rows.

    python -m bench.figures [NAME ...] [--write]

Each table is drafted, ingested and trained by the command line as its user would do it, in a fresh folder.  The
reference is fitted on the rows that were not held out and judged on the very same holdout.  ``--write`` puts the
table into ``docs/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import ratchet
from bench.page import put

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One table: the figure to reach, and what its user would leave out of it by hand."""

    name: str
    metric: str
    goal: float
    drop: tuple[str, ...] = ()


CASES = (
    Case(name="imdb", metric="accuracy", goal=0.90),
    Case(name="tweeteval_sentiment", metric="macro_recall", goal=0.62, drop=("tweet_source",)),
    Case(
        name="rakuten_fr_products_sample", metric="accuracy", goal=0.76,
        drop=("prdtypecode", "title", "description", "product_id", "image_id", "source"),
    ),
    Case(name="telco_churn", metric="roc_auc", goal=0.84),
    Case(name="german_credit", metric="roc_auc", goal=0.78),
    Case(name="bank_marketing", metric="roc_auc", goal=0.79, drop=("duration",)),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one table gave."""

    case: Case
    rows: int
    family: str
    measured: dict[str, Any]
    reference: float
    seconds: float
    reference_seconds: float
    outcome: str


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(case.name for case in CASES)])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    results = []
    for case in CASES:
        if not options.names or case.name in options.names:
            results.append(_run(case))
            print(_row(results[-1]), flush=True)
    table = _table(results)
    print(f"\n{table}")
    if options.write:
        put("figures", table)


def _run(case: Case) -> Result:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        table = folder / f"{case.name}.parquet"
        pl.read_parquet(DATA / table.name).drop(case.drop).write_parquet(table)
        _ratchet(folder, "init", str(table), "--label", "label")
        start = time.perf_counter()
        document = _ratchet(folder, "train", str(table))
        seconds = time.perf_counter() - start
        with ratchet.open(folder) as classifier:
            frame = classifier.frame()
            kinds = {name: str(kind) for name, kind in classifier.spec.columns.items() if kind.is_feature}
        start = time.perf_counter()
        reference = _reference(case, frame, kinds)
        return Result(
            case=case, rows=len(frame), family=document["family"], measured=document["metrics"][case.metric],
            reference=reference, seconds=seconds, reference_seconds=time.perf_counter() - start,
            outcome=document["decision"]["outcome"],
        )  # fmt: skip


def _ratchet(folder: Path, *words: str) -> Any:
    command = [sys.executable, "-m", "ratchet.cli", "-C", str(folder), *words, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(words)} failed: {done.stdout}")
    return json.loads(done.stdout)


def _reference(case: Case, frame: pl.DataFrame, kinds: dict[str, str]) -> float:
    """TF-IDF + LinearSVC where there is text, else one-hot + HistGradientBoosting, with their usual settings."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import accuracy_score, recall_score, roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    from sklearn.svm import LinearSVC

    held = (frame["_side"] == "holdout").to_numpy()
    learn = frame["_side"].is_in(["train", "tune"]).to_numpy()
    labels = frame["label"].to_numpy()
    texts = [name for name, kind in kinds.items() if kind == "text"]
    if texts:
        rows: Any = frame.select(pl.concat_str(pl.col(texts).fill_null(""), separator=" ")).to_series().to_numpy()
        model = make_pipeline(TfidfVectorizer(), LinearSVC())
    else:
        names = [name for name, kind in kinds.items() if kind == "category"]
        rows = np.column_stack([frame[name].fill_null("").to_numpy() if name in names else frame[name].to_numpy()
                                for name in kinds]).astype(object)  # fmt: skip
        places = [index for index, name in enumerate(kinds) if name in names]
        one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        columns = make_column_transformer((one_hot, places), remainder="passthrough")
        model = make_pipeline(columns, HistGradientBoostingClassifier(random_state=0))
    model.fit(rows[learn], labels[learn])
    if case.metric == "roc_auc":
        scores = model.predict_proba(rows[held])[:, 1]
        return float(roc_auc_score(labels[held] == model.classes_[1], scores))
    answers = model.predict(rows[held])
    if case.metric == "accuracy":
        return float(accuracy_score(labels[held], answers))
    return float(recall_score(labels[held], answers, average="macro"))


def _row(result: Result) -> str:
    case, measured = result.case, result.measured
    reached = "reached" if measured["value"] >= case.goal else "MISSED"
    return (
        f"| `{case.name}` | {result.rows:,} | {case.metric.replace('_', ' ')} | >= {case.goal:.2f} | "
        f"**{measured['value']:.3f}** ({measured['low']:.3f} to {measured['high']:.3f}) {reached} | {result.family} | "
        f"{result.reference:.3f} | {result.seconds:.0f} s | {result.reference_seconds:.0f} s | {result.outcome} |"
    )


def _table(results: Sequence[Result]) -> str:
    head = (
        "| table | rows | metric | goal | Ratchet, holdout (95 % interval) | family | scikit-learn, same holdout "
        "| `ratchet train` | scikit-learn fit | gate |\n|---|---:|---|---|---|---|---:|---:|---:|---|\n"
    )
    return head + "\n".join(_row(result) for result in results)


if __name__ == "__main__":
    main()
