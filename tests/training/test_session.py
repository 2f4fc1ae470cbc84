from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ratchet.errors import NotFoundError
from ratchet.training.inputs import Inputs
from ratchet.training.session import Session, opened


def make(session: Session, key: str, size: int = 1_000) -> None:
    assert not session.pin(key)
    with session.inputs.make(key) as folder:
        (folder / "file").write_bytes(bytes(size))


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith((".", "training-"))}


def test_entries_are_kept_by_bytes_the_newest_first(tmp_path: Path) -> None:
    for number in range(4):
        with opened(tmp_path, kept_bytes=2_500) as session:
            make(session, f"encoded-{number}")
            session.tidy()
    assert kept(tmp_path) == {"encoded-2", "encoded-3"}


def test_what_a_session_uses_stays_whatever_its_size(tmp_path: Path) -> None:
    with opened(tmp_path, kept_bytes=2_500) as session:
        for number in range(4):
            make(session, f"encoded-{number}")
        with opened(tmp_path, kept_bytes=0) as other:
            make(other, "encoded-other")
            other.tidy()
        assert kept(tmp_path) == {f"encoded-{number}" for number in range(4)} | {"encoded-other"}
        with opened(tmp_path, kept_bytes=0) as other:
            other.tidy()
        assert kept(tmp_path) == {f"encoded-{number}" for number in range(4)}


def test_what_is_its_own_goes_with_it(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        make(session, session.own("answers"))
        assert session.inputs.has(session.own("answers"))
    assert not session.inputs.has(session.own("answers"))


def test_a_session_whose_process_died_is_cleared_up_a_living_one_is_not(tmp_path: Path) -> None:
    code = f"""
import os
from collections.abc import Callable
from pathlib import Path
from ratchet.training.session import opened
with opened(Path({str(tmp_path)!r})) as session:
    (session.inputs.folder / ".encoded-x.part").mkdir()
    os._exit(1)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(tmp_path.glob("training-*"))) == 1
    with opened(tmp_path) as alive:
        assert [path.name for path in tmp_path.glob("training-*")] == [alive.id]
        assert not list(tmp_path.glob(".*.part"))
        (tmp_path / ".encoded-y.part").mkdir()
        with opened(tmp_path) as other:
            assert {path.name for path in tmp_path.glob("training-*")} == {alive.id, other.id}
            assert list(tmp_path.glob(".*.part")), "a living session may be writing it"


def test_an_entry_is_whole_or_not_there(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    making = inputs.make("entry")
    (making.__enter__() / "half").touch()
    with pytest.raises(RuntimeError):
        making.gen.throw(RuntimeError())
    assert list(tmp_path.iterdir()) == []
    assert not inputs.has("entry")


@pytest.mark.parametrize("way", ["changed", "cut", "gone", "more", "no sums", "odd sums"])
def test_an_entry_that_is_not_as_it_was_made_is_removed_and_read_once(tmp_path: Path, way: str) -> None:
    with opened(tmp_path) as session:
        with session.inputs.make("encoded-1") as made:
            (made / "values.npy").write_bytes(bytes(1_000))
            (made / "inside").mkdir()
            (made / "inside" / "part").write_bytes(b"part")
        assert session.pin("encoded-1")
    entry = tmp_path / "encoded-1"
    damage: dict[str, Callable[[], object]] = {
        "changed": lambda: (entry / "values.npy").write_bytes(bytes(999) + b"1"),
        "cut": lambda: (entry / "inside" / "part").write_bytes(b"par"),
        "gone": lambda: (entry / "inside" / "part").unlink(),
        "more": lambda: (entry / "width.npy").write_bytes(b"more"),
        "no sums": lambda: (entry / "sums.json").unlink(),
        "odd sums": lambda: (entry / "sums.json").write_bytes(b'{"values.npy": 1}'),
    }
    with opened(tmp_path) as session:
        assert session.pin("encoded-1")
        damage[way]()
        assert session.pin("encoded-1"), "it is read once a training"
    with opened(tmp_path) as session:
        assert not session.pin("encoded-1")
        assert not entry.exists()
        make(session, "encoded-1")


def test_of_two_that_make_an_entry_the_first_is_kept(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    with inputs.make("entry") as late:
        (late / "file").write_text("late")
        with inputs.make("entry") as early:
            (early / "file").write_text("early")
    assert (inputs.entry("entry") / "file").read_text() == "early"


def test_another_machine_finds_entries_by_key_and_fetches_each_once(tmp_path: Path) -> None:
    url = f"file://{tmp_path / 'store'}"
    here, there = Inputs(tmp_path / "here", url), Inputs(tmp_path / "there", url)
    with here.make("run/entry") as folder:
        (folder / "file").write_text("content")
    assert here.entry("run/entry") == tmp_path / "here" / "run" / "entry", "mapped where it lies"
    assert (there.entry("run/entry") / "file").read_text() == "content"
    here.remove("run")
    assert not here.has("run/entry")
    assert there.entry("run/entry") == tmp_path / "there" / "run" / "entry", "the copy stays until its session ends"
    with pytest.raises(NotFoundError):
        Inputs(tmp_path / "third", url).entry("run/entry")
