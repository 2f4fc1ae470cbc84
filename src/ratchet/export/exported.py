"""What is exported, what an export came to, and the folder that it appears in whole or not at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ratchet import atomic
from ratchet.errors import PathError, RefusedError, of_path
from ratchet.registry import bundle as bundles
from ratchet.registry import manifest as manifests
from ratchet.registry.bundle import Bundle
from ratchet.registry.versions import Version
from ratchet.serving.predictor import Predictor

SAMPLE = 200
"""Stored rows that an export's answers are held against the version's own on."""


UNASKED = "profile"
"""The part of a bundle that no answer depends on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exporting:
    """A version that is to be exported."""

    name: str
    """The classifier's."""
    version: str
    files: Path
    """The folder of its bundle, which is copied and never changed."""
    bundle: Bundle
    names: Mapping[str, str]
    """The names that people read for the classes."""
    sample: Callable[[], pl.DataFrame]
    """Some rows of the dataset that it learned from, at most `SAMPLE`, typed, with its feature columns."""
    shown: Version
    """What may be shown of it: not all that the holdout said."""
    document: Callable[[], Mapping[str, Any]]
    """What ``ratchet show --json`` prints of it."""

    @property
    def predictor(self) -> Predictor:
        """What answers for it, as served."""
        return Predictor(self.bundle, self.version, names=self.names)

    @property
    def family(self) -> str:
        """The family that it was learned by."""
        return self.bundle.recipe.family


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What a way of exporting tells of what it wrote."""

    checked: str
    """A sentence: what was held against what, and how far apart the answers are."""
    use: tuple[str, ...]
    """A few lines of Python that answer a row with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """An export that was written."""

    to: str
    """The way it was written."""
    version: str
    """The version that was written."""
    folder: Path
    """Where it lies."""
    files: int
    """How many files there are."""
    bytes: int
    """How large they are together."""
    checked: str
    """A sentence: what was held against what, and how far apart the answers are."""
    use: tuple[str, ...]
    """A few lines of Python that answer a row with it."""


def refuse_parts(exporting: Exporting, known: Sequence[str]) -> None:
    """Raise `RefusedError` where answers depend on a part of the bundle that a way of exporting does not know."""
    tops = {each.partition(".")[0] for each in exporting.bundle.manifest.parts}
    for each in sorted(tops - {UNASKED, *known}):
        raise RefusedError(
            f"version {exporting.version} has the part '{each}', which does not go this way",
            todo="export it --to mlflow or sklearn",
        )


def place(exporting: Exporting, to: str, folder: Path | None) -> Path:
    """The folder an export goes to: as named, else after the classifier, the version and the way, here.

    Raises `PathError` where there is a file, or a folder that holds something.
    """
    word = re.sub(r"\W", "_", exporting.name)
    found = Path(f"{word}_{exporting.version}_{to}") if folder is None else folder
    try:
        taken = found.is_symlink() or (found.exists() and (not found.is_dir() or any(found.iterdir())))
        found = found.resolve()
    except OSError as error:
        raise of_path(error, found) from None
    if taken:
        raise PathError(
            f"{found} is there already, and nothing is written over",
            todo="name a folder that is new or empty: -o FOLDER",
        )
    return found


@contextmanager
def in_place(folder: Path) -> Iterator[Path]:
    """An empty folder of the same name beside, to be filled; it is moved into place when the block ends well.

    Where the block raises, nothing is left.
    """
    try:
        with atomic.beside(folder) as beside:
            making = beside / folder.name
            making.mkdir(parents=True)
            yield making
            making.replace(folder)
            atomic.sync_folder(folder.parent)
    except OSError as error:
        raise of_path(error, folder) from None


def copy_bundle(exporting: Exporting, folder: Path) -> str:
    """The files of the bundle into a new folder, with the scorecard that may be shown; gives the id it has then."""
    folder.mkdir()
    for name in (manifests.FILE, *exporting.bundle.manifest.files):
        shutil.copyfile(exporting.files / name, folder / name)
    return bundles.rescore(folder, exporting.shown.scorecard)
