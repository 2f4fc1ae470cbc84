"""The tracker that tells nobody."""

from __future__ import annotations

import logging

from ratchet.progress import Progress
from ratchet.tracking.tracker import RunRecord

_log = logging.getLogger("ratchet.tracking")


class SilentTracker:
    """Takes every run and keeps none; says ``why`` in the log, once, when the first run comes."""

    def __init__(self, why: str = "", *, name: str = "silent") -> None:
        self.name = name
        self._why = why

    def hear(self, classifier: str, run: str, progress: Progress) -> None:
        """Tell nobody of progress."""

    def record(self, run: RunRecord) -> str | None:
        """Forget a run."""
        if self._why:
            _log.warning("run %s is not recorded: %s", run.name, self._why)
            self._why = ""
        return None

    def champion(self, classifier: str, run: str, version: str) -> None:
        """Tell nobody of a champion."""

    def forget(self, classifier: str, run: str) -> None:
        """There is nothing to forget."""
