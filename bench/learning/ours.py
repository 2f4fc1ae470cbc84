"""Ratchet, as its user calls it: drafted, ingested and trained by the command line in a fresh folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

import ratchet
from bench.learning.cases import DATA, Case


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What one training gave, and the rows it was given."""

    document: dict[str, Any]
    seconds: float
    frame: pl.DataFrame
    """The rows with their ``_side``."""
    kinds: dict[str, str]


def train(case: Case, folder: Path, *, budget: str | None, seed: int) -> Trained:
    """Draft and train; ``budget`` in place of the default, ``seed`` of the split."""
    table = folder / f"{case.table}.parquet"
    pl.read_parquet(DATA / table.name).drop(case.drop, strict=False).write_parquet(table)
    run(folder, "init", str(table), "--label", "label")
    spec = folder / "ratchet.toml"
    spec.write_text(_edited(spec.read_text("utf-8"), budget, seed), encoding="utf-8")
    start = time.perf_counter()
    document = run(folder, "train", str(table))
    seconds = time.perf_counter() - start
    document = run(folder, "show", document["version"], "--look")  # what no gate let through is told in full too
    with ratchet.open(folder) as classifier:
        kinds = {name: str(kind) for name, kind in classifier.spec.columns.items() if kind.is_feature}
        return Trained(document=document, seconds=seconds, frame=classifier.frame(), kinds=kinds)


def _edited(toml: str, budget: str | None, seed: int) -> str:
    if budget is not None:
        toml, found = re.subn(r'(?m)^#? ?budget = "[^"]*"', f'budget = "{budget}"', toml)
        assert found == 1, "the draft names its budget once"
    toml, found = re.subn(r"(?m)^#? ?seed = \d+", f"seed = {seed}", toml)
    assert found == 1 or not seed, "the draft names the seed of its split once"
    return toml


def run(folder: Path, *words: str) -> Any:
    """The document that a command of Ratchet prints in a folder."""
    command = [sys.executable, "-m", "ratchet.cli", "-C", str(folder), *words, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(words)} failed: {done.stdout}")
    return json.loads(done.stdout)
