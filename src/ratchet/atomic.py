"""Files and folders that are there whole or not at all: written beside, synced, renamed into place."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ratchet import clock

DEAD = 3_600
"""Seconds after which a half file that nobody has written to has lost its writer."""


def write(target: Path, content: bytes | Path) -> None:
    """Replace a file by bytes or by a copy of another, so that it is whole at every moment, also after a power cut."""
    make_folder(target.parent)
    with beside(target) as part:
        with part.open("xb") as out:
            if isinstance(content, Path):
                with content.open("rb") as source:
                    shutil.copyfileobj(source, out, 1 << 20)
            else:
                out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
        sync_folder(target.parent)


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Make a folder, and those that it lies in, so that they survive a power cut too; with ``mode``, less the umask."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode=mode)
    folder.mkdir(mode, exist_ok=True)
    sync_folder(folder.parent)


def make_private(folder: Path) -> None:
    """As `make_folder`, for the owner alone: nobody else reaches what lies in it, whatever the modes of its files are
    and of the folders around it.
    """
    make_folder(folder, mode=0o700)


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder survive a power cut: syncing a file keeps what it holds, not where it lies."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A hidden path of the same folder, to be made and then renamed to ``target``; what is left of it goes."""
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        yield part
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def is_half(name: str) -> bool:
    """Whether a file is one that `beside` names: it is being written, or was when its writer was killed."""
    return name.startswith(".") and name.endswith(".part")


def sweep(folder: Path) -> None:
    """Remove the half files in a folder, and below, that killed writers left.

    Told by age alone, since several machines may write to one folder.  A writer that was stopped for so long, and goes
    on, finds its file gone and fails; it cannot leave anything half done.
    """
    for parent, _, names in os.walk(folder):
        for name in names:
            if is_half(name):
                part = Path(parent, name)
                with suppress(OSError):  # another sweep was faster
                    if clock.now().timestamp() - part.stat().st_mtime > DEAD:
                        part.unlink()
