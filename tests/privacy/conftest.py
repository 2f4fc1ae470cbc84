"""A small classifier whose rows are people's."""

from __future__ import annotations

import shutil
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
age = "number"
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
    return loans(count, seed).with_columns(pl.Series("note", notes), pl.Series("customer", names))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a classifier with a champion of 1,500 loans."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "ratchet.toml").write_text(SPEC.format(privacy='subject = "customer"'), encoding="utf-8")
    with ratchet.open(folder, engine="inline", tracking_uri="off") as classifier:
        assert classifier.train(rows(1_500)).outcome == "promote"
    return folder


@pytest.fixture
def make(tmp_path: Path, trained: Path) -> Iterator[Callable[..., ratchet.Classifier]]:
    """Opens a classifier that has a champion, or a ``new`` one, with a section ``[privacy]``."""
    opened: list[ratchet.Classifier] = []

    def made(privacy: str = "", *, folder: Path = tmp_path, new: bool = False, **settings: Any) -> ratchet.Classifier:
        if not new and not (folder / ".ratchet").exists():
            shutil.copytree(trained / ".ratchet", folder / ".ratchet")
        (folder / "ratchet.toml").write_text(SPEC.format(privacy=privacy), encoding="utf-8")
        opened.append(ratchet.open(folder, engine="inline", tracking_uri="off", **settings))
        return opened[-1]

    yield made
    for each in opened:
        each.close()
