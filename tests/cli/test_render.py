"""What a terminal shows while something is being done."""

from __future__ import annotations

import io
import sys

import pytest

from ratchet.cli.render import Output
from ratchet.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


NOTE = "Nothing to learn: version 2 has learned these very rows by this very spec, and its decision stands (hold)."


@pytest.mark.parametrize("stderr", [io.StringIO(), Terminal()])
def test_a_sentence_of_what_was_found_is_not_cut(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("COLUMNS", "60")
    with Output().progress() as progress:
        progress(Progress(stage="collect", note="reading"))
        progress(Progress(stage="collect", note=NOTE))
        progress(Progress(stage="train"))
    assert NOTE in stderr.getvalue()
