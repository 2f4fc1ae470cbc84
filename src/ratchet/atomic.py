"""Files and folders that are there whole or not at all: written beside, synced, renamed into place."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(target: Path, content: bytes | Path) -> None:
    """Replace a file by bytes or by a copy of another, so that it is whole at every moment, also after a power cut."""
    target.parent.mkdir(parents=True, exist_ok=True)
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
