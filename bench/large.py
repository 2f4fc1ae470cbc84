"""What `ratchet train` reaches on a large table, and how long it takes, beside scikit-learn's HistGradientBoosting.

    python -m bench.large [--rows 1000000] [--seed 0]

The table is made: ten numbers and four categories of 4 to 400 values, some missing, two classes, told apart by what
columns say together.  Ours is `ratchet init` and `ratchet train` by the command line in a fresh folder, as drafted:
reading, checks, search, the last fit, the holdout, the gate.  Scikit-learn reads the same Parquet file, learns from the
same rows with early stopping, by its defaults and with 500 rounds at most, and answers the same holdout.  Both may use
all cores.  Seconds are the clock's, those in brackets the processors'.  Where the machine has other work, set
OMP_NUM_THREADS=1 and compare the latter: scikit-learn's threads spin while they wait, and count it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

import ratchet

VALUES, WEIGHTS = (4, 12, 60, 400), (0.5, 0.5, 0.6, 0.7)
"""How many values each category has, and how much they say."""
NUMBERS = 10
MOST_VALUES = 255
"""Scikit-learn takes a column of more values for a number."""


@dataclass(frozen=True)
class Reached:
    """What one of the two has come to."""

    name: str
    wall: float
    cpu: float
    auc: float
    loss: float
    """Log-loss, in nats."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "large.parquet"
        table(chosen.rows, chosen.seed).write_parquet(path)
        ours = ours_on(path, folder / "fresh")
        print("\n".join(stages(folder / "fresh")), flush=True)
        print(as_text(ours), flush=True)
        rows = rows_of(folder / "fresh")
        for rounds in (100, 500):
            theirs = theirs_on(path, rows, rounds)
            times = f"ours takes {ours.wall / theirs.wall:.1f} ({ours.cpu / theirs.cpu:.1f}) times as long"
            print(f"{as_text(theirs)}; {times}", flush=True)


def table(rows: int, seed: int) -> pl.DataFrame:
    """The table; the same for the same seed."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(rows, NUMBERS)).round(4)
    codes = [(count * random.random(rows) ** 1.5).astype(int) for count in VALUES]
    effects = [random.normal(scale=weight, size=count) for count, weight in zip(VALUES, WEIGHTS, strict=True)]
    score = (
        np.sin(2 * numbers[:, 0]) * numbers[:, 1]
        + 0.8 * np.abs(numbers[:, 2]) * numbers[:, 3]
        + 0.6 * (numbers[:, 4] > 0) * numbers[:, 5]
        + 0.3 * (numbers[:, 6] ** 2 - 1)
        + sum(effect[code] for effect, code in zip(effects, codes, strict=True))
        + 0.5 * np.where(codes[0] == 3, numbers[:, 7], 0) * effects[2][codes[2]]
    )
    columns = {
        f"number_{at}": _with_gaps(pl.Series(numbers[:, at]), 0.05 * (at % 3 == 0), random) for at in range(NUMBERS)
    }
    for count, code in zip(VALUES, codes, strict=True):
        named = pl.Series([f"value {each}" for each in range(count)]).gather(code)
        columns[f"of_{count}"] = _with_gaps(named, 0.03 * (count == 12), random)
    said = random.random(rows) < 1 / (1 + np.exp(-score))
    return pl.DataFrame({**columns, "label": np.where(said, "yes", "no")})


def _with_gaps(values: pl.Series, share: float, random: np.random.Generator) -> pl.Series:
    return values.set(pl.Series(random.random(len(values)) < share), None)


def ours_on(path: Path, folder: Path) -> Reached:
    """Draft a spec and train, each by the command line."""
    folder.mkdir()
    began, before = time.monotonic(), _processors()
    _command(folder, "init", str(path), "--label", "label")
    _command(folder, "train", str(path))
    wall, cpu = time.monotonic() - began, _processors() - before
    shown = json.loads(_command(folder, "show", "--json"))
    measured = {name: float(shown["metrics"][name]["value"]) for name in ("roc_auc", "log_loss")}
    return Reached(f"ratchet ({shown['family']})", wall, cpu, measured["roc_auc"], measured["log_loss"])


def _command(folder: Path, *words: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "ratchet.cli", *words], cwd=folder, stdout=subprocess.PIPE, text=True, check=False
    )
    if ended.returncode not in {0, 1}:  # 1: the gate let nothing through
        raise SystemExit(f"ratchet {' '.join(words)} ended with {ended.returncode}")
    return ended.stdout


def _processors() -> float:
    """Seconds of all processors that ended processes of this one have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stages(folder: Path) -> Iterator[str]:
    """The seconds of each stage, by the run's own log."""
    (log,) = folder.glob(".ratchet/**/logs/*/*.jsonl")
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    moments = [datetime.fromisoformat(line["at"]) for line in lines]
    seconds: dict[str, float] = {}
    for line, begin, end in zip(lines, moments, moments[1:], strict=False):
        seconds[line["stage"]] = seconds.get(line["stage"], 0.0) + (end - begin).total_seconds()
    yield from (f"  {stage:<14} {each:7.1f} s" for stage, each in seconds.items())


def rows_of(folder: Path) -> pl.DataFrame:
    """The rows as ours took them in, with the side that each is on (``_side``)."""
    with ratchet.open(folder) as classifier:
        return classifier.frame()


def theirs_on(path: Path, rows: pl.DataFrame, rounds: int) -> Reached:
    """Scikit-learn's trees on the rows that ours learned from, judged on those it was judged on."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import log_loss, roc_auc_score

    began, before = time.monotonic(), time.process_time()
    names = pl.read_parquet(path).drop("label").columns
    cells = rows.select(pl.col(names).exclude(pl.String), pl.col(pl.String).exclude("label", "^_.*$").rank("dense"))
    few = [
        at for at, name in enumerate(cells.columns) if name.startswith("of_") and rows[name].n_unique() <= MOST_VALUES
    ]
    matrix, truth = cells.to_numpy().astype(np.float64), (rows["label"] == "yes").to_numpy()
    learned, asked = (rows["_side"].is_in(sides).to_numpy() for sides in (["train", "tune"], ["holdout"]))
    model = HistGradientBoostingClassifier(
        max_iter=rounds, early_stopping=True, categorical_features=few, random_state=0
    ).fit(matrix[learned], truth[learned])
    chances = model.predict_proba(matrix[asked])[:, 1]
    wall, cpu = time.monotonic() - began, time.process_time() - before
    name = f"HistGradientBoosting, {model.n_iter_} of {rounds} rounds"
    return Reached(name, wall, cpu, float(roc_auc_score(truth[asked], chances)), float(log_loss(truth[asked], chances)))


def as_text(each: Reached) -> str:
    return f"{each.name:<42} {each.wall:6.1f} s ({each.cpu:6.1f} s)   ROC-AUC {each.auc:.4f}   log-loss {each.loss:.4f}"


if __name__ == "__main__":
    main()
