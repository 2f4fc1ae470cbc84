"""What lies beside rows and may quote them: nobody can tell whose it is, so all of it goes with any forgetting."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress

from ratchet.errors import NotFoundError
from ratchet.retrain.stage import Stage
from ratchet.retrain.workshop import Workshop
from ratchet.store.subjects import Forgotten
from ratchet.store.workspace import Layout

_KEPT = "bodies"
"""What requests of this very moment hold in the cache."""


class BesideRows:
    """Quarantine, findings, the cache and what unfinished runs have staged; the caller holds the workspace's lock."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._layout = Layout(folder=shop.workspace)

    def end_open_runs(self) -> None:
        """Abandon the runs that were stopped or died: what they would go on with was made of rows that are to go.

        Raises `BusyError` where a process is still at one.
        """
        for run in self._shop.records.runs.abandon("somebody was forgotten, whose rows it may have had"):
            with suppress(NotFoundError):
                Stage(self._shop, run).clear()

    def clear(self, datasets: Collection[str]) -> Iterator[Forgotten]:
        """Delete it all, findings of these datasets only; how many files went, by place."""
        yield Forgotten(place="quarantined rows (all of them)", rows=self._quarantine())
        yield Forgotten(place="findings about rows", rows=self._findings(datasets))
        yield Forgotten(place="the cache (all of it)", rows=self._cache())
        yield Forgotten(place="inputs of jobs among the blobs", rows=self._inputs())

    def _quarantine(self) -> int:
        found = [path for path in self._layout.quarantine.glob("*") if path.is_file() and not path.is_symlink()]
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _findings(self, datasets: Collection[str]) -> int:
        blobs = self._shop.records.blobs
        found = [key for key in blobs.list("findings") if key.rpartition("/")[2].partition("-")[0] in datasets]
        for key in found:
            blobs.delete(key)
        return len(found)

    def _cache(self) -> int:
        caches = {self._layout.cache, self._shop.cache}  # elsewhere where rows are encrypted
        found = [path for cache in caches for path in cache.glob("*") if path.name != _KEPT]
        for path in found:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return len(found)

    def _inputs(self) -> int:
        blobs = self._shop.records.blobs
        found = blobs.list("inputs")
        for key in found:
            blobs.delete(key)
        return len(found)
