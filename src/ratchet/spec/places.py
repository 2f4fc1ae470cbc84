"""Where specs lie."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ratchet.spec.file import FILE


def specs_in(place: Path) -> list[Path]:
    """The spec files of a place: itself, its ``ratchet.toml``, those of the folders in it, or else its ``*.toml``.

    Where there is none, the ``ratchet.toml`` that should be there.
    """
    if place.suffix == ".toml" or is_there(place / FILE):
        return [spec_at(place)]
    return sorted(place.glob(f"*/{FILE}")) or sorted(place.glob("*.toml")) or [place / FILE]


def spec_at(place: Path) -> Path:
    """The spec file that a folder, or a spec file, stands for."""
    return place if place.suffix == ".toml" else place / FILE


def is_there(path: Path) -> bool:
    """Whether there is such a file; one that may not be looked for is not."""
    try:
        return path.exists()
    except OSError:
        return False


def once(paths: Iterable[Path]) -> list[Path]:
    """The paths without those that lead to a file that one before leads to."""
    found = dict[str, Path]()
    for path in paths:
        found.setdefault(os.path.realpath(path), path)
    return list(found.values())
