"""What the tests of the report share: a workshop of two versions, and documents of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from ratchet.documents import plain
from ratchet.gate.decision import Decision
from ratchet.retrain import flow
from ratchet.retrain.workshop import Workshop
from ratchet.store import tables
from ratchet.store.database import Database
from tests.retrain.shops import open_shop, take_in


@pytest.fixture(scope="session")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    shop = open_shop(folder)
    take_in(shop, 600)
    flow.run(shop, actor="ann")
    if shop.records.ledger.champion() is None:
        shop.records.ledger.promote("1", actor="ann", reason="the test needs a champion")
    take_in(shop, 200, seed=1)
    flow.run(shop, actor="ann", promote=False)
    return folder


@pytest.fixture
def shop(_trained: Path, tmp_path: Path) -> Workshop:
    """A workshop whose first version is champion; the second, of 200 rows more, is not to be promoted."""
    shutil.copytree(_trained, tmp_path / "shop")
    return open_shop(tmp_path / "shop")


def decided(shop: Workshop, number: str, decision: Decision) -> None:
    """Have another decision about a version."""
    database = Database.open(f"sqlite:///{shop.workspace / 'ratchet.db'}")
    mine = tables.versions.c.number == int(number)
    with database.begin() as connection:
        connection.execute(sa.update(tables.versions).where(mine).values(decision=plain(decision)))
    database.close()
