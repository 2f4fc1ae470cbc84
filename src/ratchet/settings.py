"""Settings: where things run.  None of them changes a result.

Read from the environment (``RATCHET_DATABASE_URL`` ...) or given in Python; the default is a folder beside the spec.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ratchet.errors import Problem, SettingsError
from ratchet.platforms import cores
from ratchet.words import plain

OTHERS = {"RATCHET_DEBUG"}
"""Variables of ours that are no settings of a workspace."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class Settings(BaseSettings):
    """Where one workspace keeps its things and runs its work."""

    model_config = SettingsConfigDict(env_prefix="RATCHET_", extra="forbid", frozen=True)

    root: Path = Path()
    """The folder that holds ``ratchet.toml``."""
    database_url: str | None = None
    """``postgresql://...``; default: SQLite in the workspace."""
    blobs_url: str | None = None
    """Any fsspec URL (``s3://bucket/prefix``); default: a folder in the workspace."""
    tracking: str | None = None
    """Who is told of runs: ``mlflow`` (the default), ``wandb``, several parted by commas, or ``off``."""
    tracking_uri: str | None = None
    """MLflow's address, or ``off``; default: ``MLFLOW_TRACKING_URI``, else SQLite in the workspace."""
    engine: Literal["processes", "inline"] = "processes"
    """Where trials run: killable local processes, or this very process (small tables, debugging)."""
    workers: int = Field(default_factory=cores, ge=1)
    """How many trials run side by side."""
    host: str = "127.0.0.1"
    """The address a server listens on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port a server listens on."""
    hosts: str = ""
    """Names that a server is asked by, besides those of this machine, parted by commas: a proxy's before it."""
    limits_url: str | None = None
    """``redis://host:6379/0``: where several servers count together what the limits allow; default: each by itself."""
    proxies: str = ""
    """Networks of the proxies before a server, parted by commas: what they say of who asks is believed."""
    networks: str = ""
    """Networks that need no key for health and metrics, besides this machine, parted by commas."""
    root_path: str = ""
    """The path under which a proxy shows a server, such as ``/models``."""
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
                todo="correct the variables or keywords named; `ratchet explain-error settings` lists them",
                problems=problems,
            ) from None

    @field_validator("hosts")
    @classmethod
    def _names_only(cls, hosts: str) -> str:
        for host in _parted(hosts):
            if not _HOST.fullmatch(host):
                raise ValueError("names or addresses of hosts, without http:// and port, parted by commas")
        return hosts

    @field_validator("proxies", "networks")
    @classmethod
    def _networks_only(cls, text: str) -> str:
        _networks(text)
        return text

    @field_validator("root_path")
    @classmethod
    def _path_only(cls, path: str) -> str:
        if path and not _PATH.fullmatch(path):
            raise ValueError("a path such as /models, with a slash before it and none after it")
        return path

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """``proxies``, one by one."""
        return _networks(self.proxies)

    @property
    def near_networks(self) -> tuple[Network, ...]:
        """``networks``, one by one."""
        return _networks(self.networks)

    @property
    def host_names(self) -> frozenset[str]:
        """``hosts``, one by one."""
        return frozenset(_parted(self.hosts))

    @property
    def workspace(self) -> Path:
        """The folder of everything Ratchet keeps on this machine."""
        return self.root / ".ratchet"


def misspelt(environment: Iterable[str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none; such a one has no effect.

    >>> misspelt(["RATCHET_PROT", "RATCHET_PORT", "RATCHET_CAGE", "PATH"])
    ['RATCHET_PROT is no setting: did you mean RATCHET_PORT?']
    """
    known = {f"RATCHET_{name}".upper() for name in Settings.model_fields}
    found = []
    for name in sorted(environment):
        # pydantic takes variables in small letters too
        if name.upper().startswith("RATCHET") and name.upper() not in known | OTHERS:
            near = get_close_matches(name.upper(), sorted(known), 3, cutoff=0.8)
            near.sort(key=lambda each: sorted(each) != sorted(name.upper()))  # first what has the very same letters
            found += [f"{name} is no setting: did you mean {near[0]}?"] if near else []
    return found


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("networks such as 10.0.0.0/8 or 192.168.1.7, parted by commas") from None


def _parted(hosts: str) -> list[str]:
    return [host for each in hosts.lower().split(",") if (host := each.strip().strip("[]"))]


def _wholes() -> dict[str, str]:
    """What each setting that is a whole number must be."""
    found = {}
    for name, field in Settings.model_fields.items():
        low = next((each.ge for each in field.metadata if hasattr(each, "ge")), None)
        high = next((each.le for each in field.metadata if hasattr(each, "le")), None)
        if field.annotation is int and low is not None:
            found[name] = f"a whole number from {low}" + ("" if high is None else f" to {high}")
    return found


def _problem(error: Any) -> Problem:
    key = ".".join(str(part) for part in error["loc"])
    expected = (
        "a setting that exists" if error["type"] == "extra_forbidden" else _wholes().get(key) or plain(error["msg"])
    )
    return Problem(where=f"RATCHET_{key.upper()} or {key}=", found=repr(error["input"])[:120], expected=expected)
