from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from ratchet import atomic
from ratchet.errors import MissingExtraError, UnavailableError, WorkspaceError
from ratchet.store.blobs import Blobs
from ratchet.testing import blobs as kit
from tests.test_atomic import left


@pytest.fixture(params=["folder", "remote"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Blobs]]:
    """Opens a new store each time: a folder, or one that only fsspec can reach."""
    opened = iter(range(100))
    if request.param == "folder":
        yield lambda: Blobs.open(tmp_path / str(next(opened)))
        return
    yield lambda: Blobs.open(f"memory://bucket/{next(opened)}", cache=tmp_path / "cache")
    fsspec.filesystem("memory").store.clear()


@pytest.mark.parametrize("check", kit.CHECKS, ids=lambda check: check.__name__)
def test_every_store(make: Callable[[], Blobs], check: Callable[[Callable[[], Blobs]], None]) -> None:
    check(make)


def test_a_folder_store_gives_the_file_itself(tmp_path: Path) -> None:
    blobs = Blobs.open(tmp_path)
    blobs.put("a/b", b"x")
    assert blobs.local("a/b") == tmp_path / "a" / "b"
    assert Blobs.open(f"file://{tmp_path}").get("a/b") == b"x"


def test_a_remote_file_is_fetched_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    blobs = Blobs.open("memory://bucket/fetched", cache=tmp_path)
    blobs.put("a", b"first")
    copy = blobs.local("a")
    os.utime(copy, ns=(1, 1))
    assert blobs.local("a").stat().st_mtime_ns == 1, "the copy was used"
    blobs.put("a", b"second")
    assert blobs.local("a").read_bytes() == b"second"


@pytest.mark.parametrize("place", ["folder", "remote"])
def test_what_killed_processes_left_on_this_machine_is_tidied_away(tmp_path: Path, place: str) -> None:
    url = str(tmp_path / "here") if place == "folder" else "memory://bucket/tidied"
    blobs = Blobs.open(url, cache=tmp_path / "here")
    blobs.put("a/b", b"x")
    part = left(blobs.local("a/b").parent, age=atomic.DEAD + 60)
    blobs.tidy()
    assert not part.exists()
    assert blobs.local("a/b").read_bytes() == b"x"


def test_a_killed_put_leaves_the_old_file(tmp_path: Path) -> None:
    blobs = Blobs.open(tmp_path)
    blobs.put("a", b"old")
    os.mkfifo(tmp_path.parent / "endless")
    code = (
        "import sys; from pathlib import Path; from ratchet.store.blobs import Blobs; "
        "Blobs.open(sys.argv[1]).put_file('a', Path(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(tmp_path.parent / "endless")])
    with (tmp_path.parent / "endless").open("wb") as endless:  # opens when the other side reads
        endless.write(b"new" * 10_000)
        endless.flush()
        process.kill()
        process.wait()
    assert blobs.get("a") == b"old"
    assert blobs.list() == ["a"], "what the killed process left is not listed"


def test_reading_does_not_see_a_put_that_is_not_done(tmp_path: Path) -> None:
    blobs = Blobs.open(tmp_path / "store")
    blobs.put("a", b"old")
    os.mkfifo(tmp_path / "slow")
    writer = threading.Thread(target=blobs.put_file, args=("a", tmp_path / "slow"))
    writer.start()
    with (tmp_path / "slow").open("wb") as slow:
        slow.write(b"n" * 10_000)
        slow.flush()
        assert blobs.get("a") == b"old"
    writer.join()
    assert blobs.get("a") == b"n" * 10_000


def test_a_file_in_the_place_of_the_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="in the way"):
        Blobs.open(tmp_path / "file" / "store")
    with pytest.raises(WorkspaceError, match="in the way"):
        Blobs.open(tmp_path / "file")


def test_a_folder_where_a_file_is_asked_to_be(tmp_path: Path) -> None:
    blobs = Blobs.open(tmp_path)
    blobs.put("a/b", b"x")
    with pytest.raises(WorkspaceError):
        blobs.put("a", b"x")
    with pytest.raises(WorkspaceError):
        blobs.put("a/b/c", b"x")
    assert blobs.list() == ["a/b"]


def test_missing_libraries_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ratchet-ml\[s3\]'"):
        Blobs.open("s3://bucket/prefix")


def test_a_store_of_no_known_kind_is_refused() -> None:
    with pytest.raises(WorkspaceError, match="no support"):
        Blobs.open("nonsense://bucket/prefix")


def test_a_store_that_is_away_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="does not answer"):
        Blobs.open("ftp://127.0.0.1:9/prefix")
