"""A classifier with a champion, learned once for all of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import ratchet
from ratchet.classifier import Classifier
from tests.stories.scenes import loans

ROWS = 1_500


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classifier]:
    folder = tmp_path_factory.mktemp("exported")
    drafted = ratchet.init(loans(ROWS), "outcome", root=folder, name="loans").toml
    spec = drafted.replace("trials = 20", "trials = 1").replace("folds = 5", "folds = 2")
    (folder / "ratchet.toml").write_text(spec, encoding="utf-8")
    with ratchet.open(folder, engine="inline") as opened:
        assert opened.train(loans(ROWS))
        yield opened
