"""Errors: their codes, and what the operating system says put into words."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path

import pytest

from ratchet.errors import (
    BusyError,
    FullDiskError,
    InternalError,
    JobError,
    LimitError,
    MissingExtraError,
    PathError,
    RatchetError,
    RefusedError,
    RowError,
    UnavailableError,
    file_to_write,
    is_full_disk,
    of_path,
)


def test_each_kind_has_its_code_and_exit_code() -> None:
    assert [(each.code, each.exit_code) for each in (RefusedError, RowError, MissingExtraError)] == [
        ("refused", 1),
        ("row", 2),
        ("missing-extra", 2),
    ]
    again = (BusyError, FullDiskError, JobError, LimitError, UnavailableError)
    assert {each.exit_code for each in again} == {3}
    assert (InternalError.code, InternalError.exit_code) == ("internal", 4)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, FullDiskError),
        (errno.EDQUOT, FullDiskError),
        (errno.EMFILE, UnavailableError),
        (errno.EACCES, PathError),
        (errno.EISDIR, PathError),
        (errno.ENAMETOOLONG, PathError),
    ],
)
def test_what_the_operating_system_says_is_put_into_words(number: int, kind: type[RatchetError]) -> None:
    error = of_path(OSError(number, os.strerror(number)), Path("a") / "b.csv")
    assert type(error) is kind
    assert "a/b.csv" in error.problem
    assert error.todo


def _wrapped() -> RatchetError:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError:
            raise RatchetError("it cannot be written") from None
    except RatchetError as error:
        return error


def test_a_full_disk_is_known_however_it_was_wrapped() -> None:
    assert is_full_disk(_wrapped())
    assert is_full_disk(RuntimeError("(sqlite3.OperationalError) database or disk is full"))
    assert is_full_disk(RatchetError("none of 2 trials gave a model: OSError: 4000 requested and 496 written"))
    assert not is_full_disk(RatchetError("the glass is full"))


def test_codes_travel() -> None:
    assert pickle.loads(pickle.dumps(BusyError("busy"))).code == "busy"


@pytest.mark.parametrize("path", [".", "..", "/", "here/", "none/", "here", "x/.", "here/.."])
def test_a_file_to_write_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PathError) as caught:
        file_to_write(path)
    assert caught.value.todo == "name a file, not a folder"


def test_a_file_to_write_has_a_name_and_lies_in_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PathError, match="is empty"):
        file_to_write("")
    with pytest.raises(PathError, match=r"there is no folder .*none") as caught:
        file_to_write(tmp_path / "none" / "x.csv")
    assert "none/x.csv cannot be used" in caught.value.problem
    (tmp_path / "file").touch()
    with pytest.raises(PathError, match="not a directory"):
        file_to_write(tmp_path / "file" / "x.csv")
    with pytest.raises(PathError, match="is no path"):
        file_to_write("a\0b")
    assert file_to_write(str(tmp_path / "file")) == tmp_path / "file"


def test_numbers_of_the_operating_system_are_left_out() -> None:
    error = of_path(FileNotFoundError("No such file or directory (os error 2)"), "a.csv")
    assert error.problem == "a.csv cannot be used: no such file or directory"
