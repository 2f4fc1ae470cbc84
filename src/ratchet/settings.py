"""Settings: where things run.  None of them changes a result.

Read from the environment (``RATCHET_DATABASE_URL`` ...) or given in Python; the default is a folder beside the spec.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ratchet.errors import Problem, SettingsError

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


class Settings(BaseSettings):
    """Where one workspace keeps its things and runs its work."""

    model_config = SettingsConfigDict(env_prefix="RATCHET_", extra="forbid", frozen=True)

    root: Path = Path()
    """The folder that holds ``ratchet.toml``."""
    database_url: str | None = None
    """``postgresql://...``; default: SQLite in the workspace."""
    blobs_url: str | None = None
    """Any fsspec URL (``s3://bucket/prefix``); default: a folder in the workspace."""
    tracking_uri: str | None = None
    """MLflow's address, or ``off``; default: ``MLFLOW_TRACKING_URI``, else SQLite in the workspace."""
    engine: Literal["processes", "inline"] = "processes"
    """Where trials run: killable local processes, or this very process (small tables, debugging)."""
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """How many trials run side by side."""
    host: str = "127.0.0.1"
    """The address a server listens on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port a server listens on."""
    hosts: str = ""
    """Names that a server is asked by, besides those of this machine, parted by commas: a proxy's before it."""
    fsync: bool = False
    """Force every logged prediction to the disk before it is answered: survives power loss, costs a disk flush."""

    def __init__(self, **given: Any) -> None:
        """Raises `SettingsError` that names each variable or keyword that will not do."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            problems = tuple(_problem(each) for each in error.errors(include_url=False))
            raise SettingsError(
                "the settings are wrong",
                todo="correct the variables or keywords named; docs/reference/spec.md lists them",
                problems=problems,
            ) from None

    @field_validator("hosts")
    @classmethod
    def _names_only(cls, hosts: str) -> str:
        for host in _parted(hosts):
            if not _HOST.fullmatch(host):
                raise ValueError("names or addresses of hosts, without http:// and port, parted by commas")
        return hosts

    @property
    def host_names(self) -> frozenset[str]:
        """``hosts``, one by one."""
        return frozenset(_parted(self.hosts))

    @property
    def workspace(self) -> Path:
        """The folder of everything Ratchet keeps on this machine."""
        return self.root / ".ratchet"


def _parted(hosts: str) -> list[str]:
    return [host for each in hosts.lower().split(",") if (host := each.strip().strip("[]"))]


def _problem(error: Any) -> Problem:
    key = ".".join(str(part) for part in error["loc"])
    expected = (
        "a setting that exists"
        if error["type"] == "extra_forbidden"
        else error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    )
    return Problem(where=f"RATCHET_{key.upper()} or {key}=", found=repr(error["input"])[:120], expected=expected)
