"""What the stories share: a small table with a signal, and the command line as a user runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ratchet.drafting.candidates import OF_TABLES, OF_TEXTS


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its one JSON document."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Runs ``ratchet`` in a folder, as a process of its own."""

    folder: Path

    def __call__(self, *words: str | Path, **environment: str) -> Answer:
        command = [sys.executable, "-m", "ratchet.cli", *map(str, words)]
        done = subprocess.run(
            command, cwd=self.folder, env=os.environ | environment, capture_output=True, text=True, check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr)


def loans(rows: int, seed: int = 0) -> pl.DataFrame:
    """Loans that are paid back or not, by income, age and housing, with noise."""
    chance = np.random.default_rng(seed)
    income = chance.gamma(4, 800, rows).round(2)
    age = chance.integers(18, 80, rows)
    housing = chance.choice(["own", "rent", "free"], rows, p=[0.5, 0.35, 0.15])
    purpose = chance.choice(["car", "radio", "school", "repairs"], rows)
    lean = (income - 3200) / 900 + (age - 45) / 20 + (housing == "own") * 1.2 + chance.normal(0, 1, rows)
    outcome = np.where(lean > 0, "good", "bad")
    columns = {"income": income, "age": age, "housing": housing, "purpose": purpose, "outcome": outcome}
    return pl.DataFrame(columns)


OF_A_TEST = ("linear.v1", "boosted.v1")
"""The families that learn a table in a test."""


def quicken(folder: Path) -> None:
    """A search small enough for a test, in a drafted ratchet.toml: of each kind of model one, on half of the rows."""
    path = folder / "ratchet.toml"
    text = path.read_text()
    assert "trials = 20" in text
    assert "folds = 5" in text
    text = text.replace("trials = 20", "trials = 2").replace("folds = 5", "folds = 2")
    others = "|".join(sorted({*OF_TABLES, *OF_TEXTS} - {*OF_A_TEST}))
    path.write_text(re.sub(rf'\[\[candidates\]\]\nfamily = "(?:{others})".*\n\n?', "", text))
