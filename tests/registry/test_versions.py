from __future__ import annotations

import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from ratchet.documents import plain
from ratchet.errors import BundleError, NotFoundError
from ratchet.gate.decision import Decision
from ratchet.models.parts import ASK_ANEW
from ratchet.registry import bundle, manifest
from ratchet.registry.holdouts import Holdouts
from ratchet.registry.out_of_fold import OutOfFoldAnswers, encode
from ratchet.registry.versions import Judged, Version, Versions
from ratchet.registry.weights import Weights
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.registry.conftest import decision, scorecard

"""The holdout of the split that the bundle was trained under."""
HOLD = decision("hold", "not shown to be better", p_value=0.4)


@pytest.fixture(scope="module")
def made(parts: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "b"
    bundle.write(folder, **parts, scorecard=scorecard(accuracy=0.5))
    return folder


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs.open(tmp_path / "blobs")


@pytest.fixture
def versions(database: Database, blobs: Blobs) -> Versions:
    return Versions(database, blobs, "reviews")


@pytest.fixture
def holdouts(database: Database) -> Holdouts:
    return Holdouts(database, "reviews")


def judged(folder: Path, uses: int = 0, champion: str | None = None, found: Decision = HOLD) -> Judged:
    return Judged(decision=found, bundle_id=bundle.look(folder)[0], champion=champion, generation=0, uses=uses)


def register(versions: Versions, folder: Path, run_id: str = "r1", found: Decision = HOLD) -> Version:
    """One more version, judged in view of those there are."""
    seen = judged(folder, len(versions.list()), found=found)
    version = versions.register(folder, run_id=run_id, judged=seen)
    assert version is not None
    return version


def test_versions_are_numbered_from_one_and_kept_as_they_were(versions: Versions, made: Path) -> None:
    first = register(versions, made)
    second = register(versions, made, "r2")
    assert [first.number, second.number] == ["1", "2"]
    assert first.scorecard == scorecard(accuracy=0.5)
    assert first.decision == replace(HOLD, version="1")
    assert versions.list() == [first, second]
    assert versions.get("1") == versions.of_run("r1") == first


def test_what_a_version_says_of_itself_is_what_its_bundle_says(
    versions: Versions, made: Path, parts: dict[str, Any]
) -> None:
    version = register(versions, made)
    said = (version.family, version.dataset_id, version.learning_hash, version.run_id)
    assert said == ("linear.v1", "d1", parts["spec"].learning_hash, "r1")
    assert plain(version.scorecard) == bundle.look(made)[1].scorecard


def test_a_bundle_that_was_not_judged_is_not_registered(
    versions: Versions, blobs: Blobs, made: Path, parts: dict[str, Any], tmp_path: Path
) -> None:
    bundle.write(tmp_path / "other", **{**parts, "dataset_id": "d2"}, scorecard=scorecard(accuracy=0.9))
    with pytest.raises(BundleError, match="the decision is about"):
        versions.register(tmp_path / "other", run_id="r1", judged=judged(made))
    bundle.write(tmp_path / "unscored", **parts)
    with pytest.raises(BundleError, match="no scorecard"):
        register(versions, tmp_path / "unscored")
    assert (versions.list(), blobs.list()) == ([], [])


def test_what_could_not_be_measured_comes_back_as_no_number(
    versions: Versions, parts: dict[str, Any], tmp_path: Path
) -> None:
    bundle.write(tmp_path / "b", **parts, scorecard=scorecard(roc_auc=math.nan))
    unknown = decision("need_data", "too few rows", p_value=math.nan, needed=math.inf)
    version = register(versions, tmp_path / "b", found=unknown)
    assert math.isnan(version.scorecard.metrics["roc_auc"].value)
    assert all(math.isnan(number) for number in version.decision.checks[0].numbers.values())


def test_a_version_and_the_use_that_judged_it_are_recorded_together(
    versions: Versions, holdouts: Holdouts, made: Path
) -> None:
    register(versions, made)
    (use,) = holdouts.uses(0)
    assert (use.run_id, use.version, use.champion, use.outcome) == ("r1", "1", None, "hold")
    assert use.numbers == {"better.p_value": 0.4}


def test_a_version_that_was_held_before_the_holdout_was_asked_spends_no_use(
    versions: Versions, holdouts: Holdouts, made: Path
) -> None:
    register(versions, made, found=replace(HOLD, asked=False))
    assert holdouts.uses(0) == []


def test_out_of_fold_answers_are_kept_with_the_version(versions: Versions, blobs: Blobs, made: Path) -> None:
    answers = OutOfFoldAnswers(ids=np.array([7], np.uint64), probabilities=np.array([[0.5, 0.5]]), classes=("a", "b"))
    versions.register(made, run_id="r1", judged=judged(made), out_of_fold=encode(answers))
    register(versions, made, "r2")
    kept = versions.out_of_fold("1")
    assert kept is not None
    assert (kept.ids.tolist(), kept.probabilities.tolist(), kept.classes) == ([7], [[0.5, 0.5]], ("a", "b"))
    assert versions.out_of_fold("2") is None
    versions.forget_unregistered(versions.get("1").bundle_id)
    assert versions.out_of_fold("1") is not None


def test_the_models_a_version_began_with_are_told_from_its_manifest(
    versions: Versions, blobs: Blobs, made: Path, tmp_path: Path
) -> None:
    folder, named = shutil.copytree(made, tmp_path / "b"), [Weights(model="a/b", sha256="0" * 64)]
    _, content = manifest.encode(msgspec.structs.replace(bundle.look(made)[1], pretrained=named))
    (folder / manifest.FILE).write_bytes(content)
    version = register(versions, folder)
    assert versions.pretrained(version) == tuple(named)
    assert versions.pretrained(register(versions, made, "r2")) == ()
    blobs.delete(version.bundle_key)
    assert versions.pretrained(version) == ()


def test_a_run_that_registers_twice_gets_one_version_and_one_use(
    versions: Versions, holdouts: Holdouts, made: Path
) -> None:
    assert register(versions, made) == register(versions, made)
    assert len(holdouts.uses(0)) == 1
    assert register(versions, made, "r2").number == "2"


@pytest.mark.parametrize("stale", [{"uses": 1}, {"champion": "1"}], ids=["another use", "another champion"])
def test_a_decision_that_overlooks_something_registers_nothing(
    versions: Versions, holdouts: Holdouts, made: Path, stale: dict[str, Any]
) -> None:
    assert versions.register(made, run_id="r1", judged=judged(made, **stale)) is None
    assert (versions.list(), holdouts.uses(0)) == ([], [])


def test_a_bundle_that_never_became_a_version_can_be_forgotten(versions: Versions, blobs: Blobs, made: Path) -> None:
    identity, _ = bundle.look(made)
    blobs.put_folder(versions.bundle_key(identity), made)
    versions.forget_unregistered(identity)
    assert blobs.list() == []
    register(versions, made)
    versions.forget_unregistered(identity)
    assert versions.bundle("1").id == identity


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


def test_a_file_that_was_removed_is_told_with_the_advice_for_a_changed_one(
    versions: Versions, blobs: Blobs, made: Path
) -> None:
    register(versions, made)
    next(versions.folder("1").glob("*.safetensors")).unlink()
    with pytest.raises(NotFoundError, match="there is no file") as raised:
        versions.bundle("1")
    assert raised.value.todo == ASK_ANEW


def test_a_folder_that_is_no_bundle_is_not_registered(versions: Versions, blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "junk").mkdir()
    with pytest.raises(BundleError, match="is no bundle"):
        register(versions, tmp_path / "junk")
    assert versions.list() == []
    assert blobs.list() == []


REGISTER_MANY = """
import sys
from pathlib import Path
from ratchet.registry.holdouts import Holdouts
from ratchet.registry.versions import Versions
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.registry.test_versions import judged
database = Database.open(sys.argv[1])
versions = Versions(database, Blobs.open(sys.argv[2]), "reviews")
for turn in range(8):
    made = None
    while made is None:
        seen = judged(Path(sys.argv[3]), len(Holdouts(database, "reviews").uses(0)))
        made = versions.register(Path(sys.argv[3]), run_id=sys.argv[4] + str(turn), judged=seen)
"""


def test_processes_that_register_at_once_share_the_numbers(
    versions: Versions, holdouts: Holdouts, database_url: str, made: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", REGISTER_MANY, database_url, str(tmp_path / "blobs"), str(made)]
    workers = [subprocess.Popen([*command, name]) for name in "ab"]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    kept = versions.list()
    assert [version.number for version in kept] == [str(number) for number in range(1, 17)]
    assert len({version.run_id for version in kept}) == 16
    assert [use.version for use in holdouts.uses(0)] == [version.number for version in kept]
