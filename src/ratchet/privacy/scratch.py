"""Where working files lie that cannot be sealed: in memory where this machine has a place for files there."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ratchet import clock, platforms
from ratchet.errors import SettingsError

_MEMORY = Path("/dev/shm")  # nosec B108: the folder made in it is checked to be ours alone


def scratch(workspace: Path, chosen: Path | None) -> Path:
    """The folder for a workspace's working files, of its owner alone; the same one for every process.

    It lies in ``chosen``, else in memory (``/dev/shm``), else among the temporary files.  Raises `SettingsError` where
    something else is in its place.
    """
    base = chosen or (_MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir()))
    name = hashlib.sha256(str(workspace.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    folder = base / f"ratchet-{os.getuid()}-{name}"
    try:
        folder.mkdir(0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise _unusable(folder, "it is not a folder of ours alone")
    return folder


class Copies:
    """A folder for what this process has opened; gone when it is closed, or, where the process was killed, when the
    next one opens something.
    """

    def __init__(self, place: Callable[[], Path]) -> None:
        """``place`` is asked for the folder around it once something is opened."""
        self._place = place
        self._folder: Path | None = None
        self._lock = -1

    @property
    def folder(self) -> Path:
        """The folder; made when it is first asked for."""
        if self._folder is None:
            parent = self._place() / "opened"
            parent.mkdir(0o700, exist_ok=True)
            _sweep(parent)
            made = parent / clock.new_id()
            made.mkdir(0o700)
            self._lock = os.open(made / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            platforms.lock(self._lock)
            self._folder = made
        return self._folder

    def close(self) -> None:
        """Delete all of it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)
            self._folder = None


def _sweep(parent: Path) -> None:
    """Delete what killed processes have left."""
    for each in parent.glob("*/.lock"):
        with suppress(OSError):  # locked by one that is alive, or gone already
            descriptor = os.open(each, os.O_RDWR | os.O_CLOEXEC)
            try:
                platforms.lock(descriptor)
                shutil.rmtree(each.parent, ignore_errors=True)
            finally:
                os.close(descriptor)


def _unusable(folder: Path, why: str) -> SettingsError:
    return SettingsError(
        f"{folder} cannot hold working files: {why}", todo="set RATCHET_SCRATCH to a folder, best one in memory"
    )
