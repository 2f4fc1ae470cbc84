"""A small classifier whose rows are people's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ratchet
from tests.stories.scenes import loans

SPEC = """
name = "loans"
label = "outcome"

[columns]
income = "number"
housing = "category"
purpose = "category"
note = "text"

[[candidates]]
family = "linear.v1"

[search]
trials = 1
folds = 2

[ingest]
max_bad = 0.5

[privacy]
{privacy}
"""


def rows(count: int, seed: int = 0) -> pl.DataFrame:
    """Loans with a note, and the customer whose each is: of ten, in turn."""
    names = [f"customer {at % 10}" for at in range(count)]
    notes = [f"loan number {at} of {name}" for at, name in enumerate(names)]
    likely = pl.when(pl.col("income") > pl.col("income").median()).then(pl.lit("good")).otherwise(pl.lit("bad"))
    whose = (pl.Series("note", notes), pl.Series("customer", names))
    return loans(count, seed).drop("age").with_columns(likely.alias("outcome"), *whose)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., ratchet.Classifier]]:
    """Opens the classifier of a folder with a section ``[privacy]``."""
    opened: list[ratchet.Classifier] = []

    def made(privacy: str = "", *, folder: Path = tmp_path, **settings: Any) -> ratchet.Classifier:
        (folder / "ratchet.toml").write_text(SPEC.format(privacy=privacy), encoding="utf-8")
        opened.append(ratchet.open(folder, engine="inline", tracking_uri="off", **settings))
        return opened[-1]

    yield made
    for each in opened:
        each.close()
