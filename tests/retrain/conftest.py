"""What the tests of the flow share: a workshop with rows, and one whose candidate is trained and scored."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from ratchet.progress import silent
from ratchet.retrain.steps.score import score
from ratchet.retrain.steps.train import train
from ratchet.retrain.workshop import Workshop
from tests.retrain.shops import open_shop, take_in

RUN = "run1"


@dataclass(frozen=True)
class Made:
    """What lies in the store: the dataset, and the keys of what `RUN` has staged."""

    dataset: str
    training: str
    score: str


@pytest.fixture(scope="session")
def _scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    folder = tmp_path_factory.mktemp("scored")
    shop = open_shop(folder)
    dataset = take_in(shop, 600)
    training = train(shop, RUN, dataset, silent)
    return folder, Made(dataset, training, score(shop, training, silent))


@pytest.fixture
def shop(_scored: tuple[Path, Made], tmp_path: Path) -> Workshop:
    """A workshop of 600 loans in which `RUN` has trained and scored its candidate."""
    shutil.copytree(_scored[0], tmp_path / "shop")
    return open_shop(tmp_path / "shop")


@pytest.fixture
def made(_scored: tuple[Path, Made]) -> Made:
    """What lies in it."""
    return _scored[1]


@pytest.fixture
def dataset(made: Made) -> str:
    """The id of those loans."""
    return made.dataset
