from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ratchet.errors import BundleError, NotFoundError
from ratchet.registry import bundle
from ratchet.registry.versions import Version, Versions
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

ABOUT: dict[str, Any] = {
    "family": "linear.v1",
    "dataset_id": "d1",
    "learning_hash": "s1",
    "decision": {"outcome": "hold"},
}


@pytest.fixture(scope="module")
def made(parts: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "b"
    bundle.write(folder, **parts)
    return folder


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs.open(tmp_path / "blobs")


@pytest.fixture
def versions(database: Database, blobs: Blobs) -> Versions:
    return Versions(database, blobs, "reviews")


def register(versions: Versions, folder: Path, **other: Any) -> Version:
    return versions.register(folder, **{**ABOUT, "scorecard": {"metrics": {}}, "run_id": None, **other})


def test_versions_are_numbered_from_one_and_kept_as_they_were(versions: Versions, made: Path) -> None:
    first = register(versions, made, scorecard={"metrics": {"roc_auc": float("nan")}}, tracking_id="t")
    second = register(versions, made)
    assert [first.number, second.number] == ["1", "2"]
    assert first.scorecard == {"metrics": {"roc_auc": None}}
    assert (first.family, first.dataset_id, first.learning_hash, first.tracking_id) == ("linear.v1", "d1", "s1", "t")
    assert versions.list() == [first, second]
    assert versions.get("1") == first


def test_a_run_that_registers_twice_gets_one_version(versions: Versions, made: Path) -> None:
    assert register(versions, made, run_id="r1") == register(versions, made, run_id="r1")
    assert register(versions, made, run_id="r2").number == "2"


def test_a_version_that_does_not_exist_is_told_with_those_that_do(versions: Versions, made: Path) -> None:
    with pytest.raises(NotFoundError, match="there are none yet"):
        versions.get("1")
    register(versions, made)
    for number in ("2", "0", "x", "1.0", ""):
        with pytest.raises(NotFoundError, match="there are 1 to 1"):
            versions.bundle(number)


def test_versions_of_classifiers_do_not_mix(database: Database, blobs: Blobs, made: Path) -> None:
    register(Versions(database, blobs, "reviews"), made)
    assert register(Versions(database, blobs, "risk"), made).number == "1"
    assert len(Versions(database, blobs, "risk").list()) == 1


def test_what_was_registered_is_what_is_opened(
    versions: Versions, blobs: Blobs, made: Path, parts: dict[str, Any]
) -> None:
    version = register(versions, made)
    assert versions.bundle("1").id == bundle.look(made)[0] == version.bundle_id
    kept = blobs.local_folder(version.bundle_key)
    bundle.write(kept, **{**parts, "dataset_id": "swapped"})
    with pytest.raises(BundleError, match="as registered"):
        versions.bundle("1")


def test_a_folder_that_is_no_bundle_is_not_registered(versions: Versions, blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "junk").mkdir()
    with pytest.raises(BundleError, match="is no bundle"):
        register(versions, tmp_path / "junk")
    assert versions.list() == []
    assert blobs.list() == []


REGISTER_MANY = """
import sys
from pathlib import Path
from ratchet.registry.versions import Versions
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
versions = Versions(Database.open(sys.argv[1]), Blobs.open(sys.argv[2]), "reviews")
for turn in range(8):
    versions.register(Path(sys.argv[3]), family="linear.v1", dataset_id="d", learning_hash="s", scorecard={},
                      decision={}, run_id=sys.argv[4] + str(turn))
"""


def test_processes_that_register_at_once_share_the_numbers(
    versions: Versions, database_url: str, made: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", REGISTER_MANY, database_url, str(tmp_path / "blobs"), str(made)]
    workers = [subprocess.Popen([*command, name]) for name in "ab"]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    kept = versions.list()
    assert [version.number for version in kept] == [str(number) for number in range(1, 17)]
    assert len({version.run_id for version in kept}) == 16
