"""What is opened once, and what is not shared."""

from __future__ import annotations

from pathlib import Path

from ratchet.resources import Pool
from ratchet.settings import Settings


def settings(root: Path, **others: object) -> Settings:
    return Settings(root=root, tracking_uri="off", **others)


def test_what_has_one_address_is_one_object(tmp_path: Path) -> None:
    pool = Pool()
    url = f"sqlite:///{tmp_path}/one.db"
    first = pool.resources(settings(tmp_path / "a", database_url=url, blobs_url=str(tmp_path / "blobs")))
    second = pool.resources(settings(tmp_path / "b", database_url=url, blobs_url=str(tmp_path / "blobs")))
    assert first.database is second.database
    assert first.blobs is second.blobs
    assert first.engine is second.engine
    assert first.layout.folder != second.layout.folder
    pool.close()


def test_what_lies_beside_the_spec_is_each_folders_own(tmp_path: Path) -> None:
    pool = Pool()
    first, second = pool.resources(settings(tmp_path / "a")), pool.resources(settings(tmp_path / "b", workers=1))
    assert first.database is not second.database
    assert first.blobs.url != second.blobs.url
    assert pool.resources(settings(tmp_path / "a")).database is first.database
    assert second.engine.workers == 1
    pool.close()


def test_a_closed_pool_opens_anew(tmp_path: Path) -> None:
    pool = Pool()
    before = pool.resources(settings(tmp_path)).database
    pool.close()
    assert pool.resources(settings(tmp_path)).database is not before
    pool.close()
