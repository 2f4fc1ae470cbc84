"""Settings: where things run.  None of them changes a result.

Given in Python, or read from the environment (``RATCHET_DATABASE_URL`` ...) or from ``.env`` beside the spec, in this
order; the default is a folder beside the spec.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ratchet import env_file
from ratchet.errors import Problem, SettingsError
from ratchet.platforms import cores
from ratchet.words import plain, redacted

OTHERS = {"RATCHET_DEBUG"}
"""Variables of ours that are no settings of a workspace."""
FEWEST_SECRET = 32
"""The fewest characters of a secret."""
FEWEST_SIGNING = 16
"""The fewest characters of the secret that webhooks are signed with."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
PREFIX = "RATCHET_"
NOT_OF_A_FILE = {"root", "encryption_command"}
"""Settings that ``.env`` does not make: it lies in the root, and a folder that somebody sent is to run no program."""
_HIDDEN = re.compile(r"secret|password|token|webhook|(^|_)keys?($|_)")
"""Names of settings whose values are never shown."""


class Settings(BaseSettings):
    """Where one workspace keeps its things and runs its work."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

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
    tls_cert: Path | None = None
    """The server's certificate and its chain, in PEM: with it and its key the server speaks https."""
    tls_key: Path | None = None
    """The key of that certificate, in PEM."""
    encryption_key: SecretStr | None = None
    """Keys for ``[privacy] encrypt``, each 32 bytes in base64, the newest first, parted by commas."""
    encryption_key_file: Path | None = None
    """A file with such keys, a line each."""
    encryption_command: str | None = None
    """A program with its arguments that prints such keys: how a key management service is asked; no shell runs it."""
    scratch: Path | None = None
    """Where opened files of encrypted rows lie while they are worked on; default: ``/dev/shm`` where it is there."""
    proxies: str = ""
    """Networks of the proxies before a server, parted by commas: what they say of who asks is believed."""
    networks: str = ""
    """Networks that need no key for health and metrics, besides this machine, parted by commas."""
    root_path: str = ""
    """The path under which a proxy shows a server, such as ``/models``."""
    outbound: str = ""
    """Networks and names of hosts that webhooks may reach beside the open internet, parted by commas."""
    webhook_secret: SecretStr | None = None
    """What messages to webhooks are signed with: at least 16 characters by chance."""
    audit_webhook: SecretStr | None = None
    """The http or https address that each entry of the audit is posted to; never shown, since paths hold keys."""
    limits_url: str | None = None
    """``redis://host:6379/0``: where several servers count together what the limits allow; default: each by itself."""
    oidc_issuer: str | None = None
    """The provider of identities that people sign in at (OpenID Connect), such as ``https://id.example.com``."""
    oidc_client_id: str | None = None
    """What that provider calls this server."""
    oidc_client_secret: SecretStr | None = None
    """What this server shows the provider; without one PKCE alone."""
    oidc_roles: str = ""
    """Which group or address gets which role: ``admins=admin, ann@example.com=developer, *@example.com=user``."""
    oidc_claim: str = "groups"
    """The claim of the ID token that names somebody's groups."""
    fsync: bool = False
    """Force every logged prediction to the disk before it is answered: survives power loss, costs a disk flush."""
    secret: SecretStr | None = Field(default=None, repr=False)
    """What keys are derived from: at least 32 characters by chance; default: the file ``secret`` in the workspace."""

    def __init__(self, **given: Any) -> None:
        """Raises `SettingsError` that names each variable or keyword that will not do."""
        try:
            super().__init__(**{**_of_file(given), **given})
        except ValidationError as error:
            problems = tuple(_problem(each) for each in error.errors(include_url=False))
            raise SettingsError(
                "the settings are wrong",
                todo="correct the variables or keywords named; `ratchet explain-error settings` lists them",
                problems=problems,
            ) from None

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """What is shown of the settings: no password."""
        for name in type(self).model_fields:
            yield name, _without_secrets(name, getattr(self, name))

    @field_validator("hosts")
    @classmethod
    def _names_only(cls, hosts: str) -> str:
        for host in _parted(hosts):
            if not _HOST.fullmatch(host):
                raise ValueError("names or addresses of hosts, without http:// and port, parted by commas")
        return hosts

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().strip()) < FEWEST_SECRET:
            raise ValueError(f"at least {FEWEST_SECRET} characters by chance, such as `openssl rand -hex 32` prints")
        return secret

    @field_validator("outbound")
    @classmethod
    def _outbound_only(cls, text: str) -> str:
        hosts_and_networks(text)
        return text

    @field_validator("webhook_secret")
    @classmethod
    def _hard_to_guess(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().strip()) < FEWEST_SIGNING:
            raise ValueError(f"at least {FEWEST_SIGNING} characters by chance, such as `openssl rand -hex 32` prints")
        return secret

    @field_validator("audit_webhook")
    @classmethod
    def _signed_address(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is not None:
            webhook_parts(url.get_secret_value())
            if info.data.get("webhook_secret", url) is None:  # one that will not do is told by itself
                raise ValueError(f"{PREFIX}WEBHOOK_SECRET beside it, with which messages are signed")
        return url

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


def _of_file(given: dict[str, Any]) -> dict[str, str]:
    """What ``.env`` beside the spec says and neither a keyword nor the environment does."""
    environment = {name.upper(): value for name, value in os.environ.items()}
    try:
        root = Path(given.get("root", environment.get(f"{PREFIX}ROOT", "")))
    except TypeError:  # what is no path at all is told with the other settings
        return {}
    said = {name.upper(): value for name, value in env_file.read(root).items()}
    names = Settings.model_fields.keys() - given.keys() - NOT_OF_A_FILE
    keys = {name: f"{PREFIX}{name.upper()}" for name in names}
    return {name: said[key] for name, key in keys.items() if key in said and key not in environment}


def warnings(root: Path) -> list[str]:
    """A sentence for each variable, also of ``.env``, that has no effect, and for a file open to others."""
    inside = env_file.read(root)
    found = misspelt(inside.keys() | os.environ.keys())
    for name in sorted(NOT_OF_A_FILE):
        if any(each.upper() == f"{PREFIX}{name.upper()}" for each in inside):
            found.append(f"{PREFIX}{name.upper()} has no effect in {env_file.place(root)}: set it in the environment")
    return found + env_file.warnings(root)


def hand_on(root: Path) -> None:
    """Give the libraries of this process what ``.env`` beside a spec has for them: keys of a bucket or a tracker."""
    env_file.hand_on(env_file.read(root))


def _without_secrets(name: str, value: Any) -> Any:
    if value and _HIDDEN.search(name):
        return "***"
    return redacted(value) if isinstance(value, str) else value


def misspelt(environment: Iterable[str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none; such a one has no effect.

    >>> misspelt(["RATCHET_PROT", "RATCHET_PORT", "RATCHET_CAGE", "PATH"])
    ['RATCHET_PROT is no setting: did you mean RATCHET_PORT?']
    """
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
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


def hosts_and_networks(text: str) -> tuple[frozenset[str], tuple[Network, ...]]:
    """What ``outbound`` allows: names of hosts, and networks; raises `ValueError` for what is neither."""
    hosts, networks = set[str](), list[Network]()
    for each in filter(None, (part.strip().lower() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(each))
        except ValueError:
            if not _NAME.fullmatch(each) or re.fullmatch(r"[0-9.]+", each):
                wanted = "networks and names of hosts parted by commas, such as 10.1.0.0/16, hooks.internal"
                raise ValueError(wanted) from None
            hosts.add(each)
    return frozenset(hosts), tuple(networks)


def webhook_parts(url: str) -> SplitResult:
    """The parts of a webhook's address; raises `ValueError` for what cannot be one."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and (parts.hostname or "").strip(".") and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.username is not None:
        raise ValueError("http:// or https:// with a host, and no name or password in it")
    if not url.isascii() or re.search(r"[\x00-\x20\x7f]", url):
        raise ValueError("an address in ASCII without spaces, other characters encoded as %XX")
    return parts


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
    found = repr(_without_secrets(key, error["input"]))[:120]
    return Problem(where=f"{PREFIX}{key.upper()} or {key}=", found=found, expected=expected)
