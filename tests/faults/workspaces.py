"""Workspaces to attack: one is trained, once, and the others are copies of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

import ratchet

WORDS = ("dull", "weak", "poor", "bright", "moving", "fine")


@dataclass(frozen=True)
class Workspaces:
    """Where workspaces are made: ``trained`` has two versions, of which the first is champion; ``drafted`` has a
    spec and a table.
    """

    folder: Path

    def trained(self, at: Path | None = None) -> Path:
        """A copy of the trained workspace: under ``folder``, or at a place of the caller's."""
        return self._copy(self._trained, at)

    def drafted(self) -> Path:
        """A folder with a table, films.csv, and a spec whose search is short."""
        return self._copy(self._drafted, None)

    def scratch(self) -> Path:
        """A new empty folder."""
        made = self._free()
        made.mkdir(parents=True)
        return made

    def _copy(self, template: Path, at: Path | None) -> Path:
        return Path(shutil.copytree(template, at or self._free()))

    def _free(self) -> Path:
        return next(each for number in count() if not (each := self.folder / str(number)).exists())

    @cached_property
    def _drafted(self) -> Path:
        folder = self.folder / "drafted"
        folder.mkdir(parents=True)
        write_table(folder / "films.csv", range(300))
        ratchet.init(str(folder / "films.csv"), "verdict", root=folder, name="films")
        spec = (folder / "ratchet.toml").read_text().replace("trials = 20", "trials = 1")
        (folder / "ratchet.toml").write_text(spec.replace("accept = []", 'accept = ["labelled_by_rule"]'))
        return folder

    @cached_property
    def _trained(self) -> Path:
        folder = Path(shutil.copytree(self._drafted, self.folder / "trained"))
        with ratchet.open(folder, engine="inline", tracking_uri="off") as classifier:
            classifier.train(str(folder / "films.csv"), actor="ann")
            write_table(folder / "more.csv", range(300, 360))
            classifier.train(str(folder / "more.csv"), actor="ann")
            if classifier.champion() != "1":
                classifier.promote("1", override=True, reason="the first is to answer", actor="ann")
        return folder


def write_table(path: Path, numbers: Iterable[int]) -> None:
    """A table of films: the text's third word tells the verdict."""
    lines = [f"a {WORDS[at % 6]} film number {at},{'bad' if at % 6 < 3 else 'good'}\n" for at in numbers]
    path.write_text("text,verdict\n" + "".join(lines))
