"""What the tests of the flow share: a workshop with rows, and one whose candidate is trained and scored."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ratchet.progress import silent
from ratchet.retrain.steps.score import score
from ratchet.retrain.steps.train import train
from ratchet.retrain.workshop import Workshop
from tests.retrain.shops import open_shop, take_in

RUN = "run1"


@pytest.fixture(scope="session")
def _scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("scored")
    shop = open_shop(folder)
    dataset = take_in(shop, 600)
    train(shop, RUN, dataset, silent)
    score(shop, RUN, dataset, silent)
    return folder, dataset


@pytest.fixture
def shop(_scored: tuple[Path, str], tmp_path: Path) -> Workshop:
    """A workshop of 600 loans in which `RUN` has trained and scored its candidate."""
    shutil.copytree(_scored[0], tmp_path / "shop")
    return open_shop(tmp_path / "shop")


@pytest.fixture
def dataset(_scored: tuple[Path, str]) -> str:
    """The id of those loans."""
    return _scored[1]
