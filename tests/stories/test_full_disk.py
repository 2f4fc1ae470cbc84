"""A disk without room, and files cut short: exit codes in words, and nothing half-done."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.scenes import Shell, loans, quicken


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for little."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=150k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of a given size needs the right to mount one")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_training_on_a_full_disk_says_so_and_goes_on_once_there_is_room(
    small: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    shell = Shell(small)
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(small)
    for size in ("150k", "500k"):  # it fills at another moment each time
        subprocess.run(["mount", "-o", f"remount,size={size}", str(small)], check=True)
        full = shell("train", table, "--json")
        assert (full.code, full.document["code"]) == (3, "full-disk"), full.err
        assert "there is no room left on the disk" in full.err
        assert "Traceback" not in full.err
        assert not list(small.rglob("*.part"))
        page = shell("show", "--html", "page.html")
        assert page.code in {2, 3}
        assert not (small / "page.html").exists()
    subprocess.run(["mount", "-o", "remount,size=50m", str(small)], check=True)
    done = shell("train", table, "--json")
    assert done.code in {0, 1}, done.err
    assert done.document["version"] == "1"


def test_rows_that_were_cut_short_on_the_disk_are_told(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    assert shell("ingest", table).code == 0
    for part in (shell.folder / ".ratchet" / "blobs" / "data").rglob("*.parquet"):
        part.write_bytes(part.read_bytes()[:-100])
    told = shell("train", "--json")
    assert (told.code, told.document["code"]) == (2, "workspace")
    assert "Traceback" not in told.err


def test_a_table_that_was_cut_short_is_told(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    loans(500).write_parquet(shell.folder / "rows.parquet")
    whole = (shell.folder / "rows.parquet").read_bytes()
    (shell.folder / "rows.parquet").write_bytes(whole[: len(whole) // 2])
    told = shell("train", "rows.parquet", "--json")
    assert (told.code, told.document["code"]) == (2, "data")
