"""What others of the machine may read: nothing of a workspace, and what a user asked for as that user wants it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import ratchet
from tests.stories import places
from tests.stories.places import ALONE
from tests.stories.scenes import loans, quicken


def _open_to_others(top: Path) -> list[str]:
    """What others can get at: below a folder that only its owner may enter, nothing."""
    found = []
    for parent, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(parent, name)
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                found.append(str(path.relative_to(top)))
        folders[:] = [name for name in folders if stat.S_IMODE(Path(parent, name).stat().st_mode) & 0o077]
    return found


def _answer(folder: Path, served: Any) -> None:
    """Have a server of this process answer, and so write its spool."""
    before = os.umask(0)
    try:
        with ratchet.open(folder) as classifier, served(classifier) as client:
            row = loans(1).drop("outcome").to_dicts()[0]
            assert client.post("/predict", json=row).status_code == 200
    finally:
        os.umask(before)


def test_a_workspace_is_its_owners_whatever_the_umask(tmp_path: Path, served: Any) -> None:
    place, folder, outside = ALONE["umask 000"], tmp_path / "loans", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir(0o755)
    loans(1_500).write_csv(folder / "loans.csv")
    elsewhere = {"RATCHET_BLOBS_URL": str(outside / "blobs"), "RATCHET_DATABASE_URL": f"sqlite:///{outside}/r.db"}
    for words in (
        ("init", "loans.csv", "--label", "outcome"),
        ("train", "loans.csv"),
        ("predict", "loans.csv", "-o", "out.csv"),
        ("show", "--html", "page.html"),
    ):
        done = places.run(place, folder, *words, **elsewhere)
        assert done.code == 0, done.err
        if words[0] == "init":
            quicken(folder)
    (folder / ".env").write_text("".join(f"RATCHET_{name[8:]}={value}\n" for name, value in elsewhere.items()))
    _answer(folder, served)
    (folder / ".env").unlink()
    asked = {"ratchet.toml", "out.csv", "page.html"}
    assert {".ratchet"} | asked | {"loans.csv"} == {each.name for each in folder.iterdir()}
    assert {"mlflow.db", "mlflow", "cache", "spool"} <= {each.name for each in (folder / ".ratchet").iterdir()}
    assert {"blobs", "r.db"} <= {each.name for each in outside.iterdir()}
    assert asked <= {*_open_to_others(folder)}, "what a user asked for is as that user wants it"
    assert [each for each in _open_to_others(tmp_path) if ".ratchet" in each or each.startswith("outside/")] == []


def test_a_workspace_that_others_could_enter_is_closed_to_them_once_opened(tmp_path: Path) -> None:
    workspace = tmp_path / ".ratchet"
    workspace.mkdir(0o755)
    loans(300).write_csv(tmp_path / "loans.csv")
    for words in (("init", "loans.csv", "--label", "outcome"), ("ingest", "loans.csv"), ("check",)):
        done = places.run(ALONE["umask 000"], tmp_path, *words)
        assert done.code == 0, done.err
    assert {"blobs", "ratchet.db"} <= {each.name for each in workspace.iterdir()}
    assert [each for each in _open_to_others(tmp_path) if ".ratchet" in each] == []
    workspace.chmod(0o755)
    assert [each for each in _open_to_others(tmp_path) if ".ratchet" in each] == [".ratchet"], (
        "all in it is private too"
    )
