"""Who may ask what: one table, route by route.  A route without a row is answered for nobody; a test holds them equal.

``docs/reference/roles.md`` shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ratchet.access.roles import Role

ADMIN, DEVELOPER, USER = Role.ADMIN, Role.DEVELOPER, Role.USER


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """What a route asks of who asks."""

    role: Role | None
    """The least role; None: anybody, without a key."""
    whole: bool = False
    """Whether a key that opens some classifiers only is not enough, since the route tells of all."""
    page: bool = False
    """Whether a session will do in the place of a key: what a person opens in a browser."""
    near: bool = False
    """Whether this machine, and the networks of ``RATCHET_NETWORKS``, need no key."""


def _may(role: Role | None, **more: bool) -> Permission:
    return Permission(role=role, **more)


PREDICT = _may(USER)
"""Of ``POST predict``: it changes nothing that is told of who asks, and answers several callers at once."""

CLASSIFIER: Mapping[tuple[str, str], Permission] = {
    ("POST", "predict"): PREDICT,
    ("POST", "predict/batch"): _may(USER),
    ("POST", "explain"): _may(USER),
    ("POST", "feedback"): _may(USER),
    ("GET", "info"): _may(USER),
    ("GET", "versions"): _may(DEVELOPER),
    ("GET", "versions/{version}/scorecard"): _may(DEVELOPER),
    ("GET", "ledger"): _may(DEVELOPER),
    ("GET", "runs"): _may(DEVELOPER),
    ("GET", "runs/{run}"): _may(DEVELOPER),
    ("GET", "runs/{run}/log"): _may(DEVELOPER),
    ("POST", "promote"): _may(DEVELOPER),
    ("POST", "rollback"): _may(DEVELOPER),
    ("GET", "traffic"): _may(DEVELOPER),
    ("PUT", "traffic"): _may(DEVELOPER),
    ("GET", "history"): _may(USER),
    ("GET", "subjects/{subject:path}"): _may(ADMIN),
    ("DELETE", "subjects/{subject:path}"): _may(ADMIN),
    ("GET", "health"): _may(USER, near=True),
    ("GET", "health/ready"): _may(USER, near=True),
    ("GET", "health/live"): _may(USER, near=True),
    ("GET", "metrics"): _may(USER, near=True),
}
"""Of a classifier: under ``/v1/{name}/``, and without that for the default one."""

SYSTEM: Mapping[tuple[str, str], Permission] = {
    ("GET", "/v1"): _may(USER),
    ("GET", "/health"): _may(USER, whole=True, near=True),
    ("GET", "/health/ready"): _may(USER, whole=True, near=True),
    ("GET", "/health/live"): _may(USER, near=True),
    ("GET", "/metrics"): _may(USER, whole=True, near=True),
    ("GET", "/v1/-/me"): _may(USER, page=True),
    ("GET", "/v1/-/keys"): _may(ADMIN, whole=True),
    ("POST", "/v1/-/keys"): _may(ADMIN, whole=True),
    ("POST", "/v1/-/keys/{key}/rotate"): _may(ADMIN, whole=True),
    ("DELETE", "/v1/-/keys/{key}"): _may(ADMIN, whole=True),
    ("GET", "/v1/-/usage"): _may(DEVELOPER, whole=True),
    ("GET", "/v1/-/audit"): _may(ADMIN, whole=True),
    ("POST", "/v1/-/signin"): _may(None),
    ("POST", "/v1/-/signout"): _may(USER, page=True),
    ("GET", "/signin"): _may(None),
    ("GET", "/v1/-/oidc/start"): _may(None),
    ("GET", "/v1/-/oidc/callback"): _may(None),
    ("GET", "/docs"): _may(USER, page=True),
    ("GET", "/openapi.json"): _may(USER, page=True),
}
"""Of all of them together."""

_UNKNOWN = _may(USER)
"""Of an address that is none: who has a key is told so, and nobody else learns what there is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    permission: Permission
    classifier: str | None
    """The classifier that its address names or means; None where it is of all of them, or of none."""


class Permissions:
    """Finds the row of a request."""

    def __init__(self, names: Iterable[str], default: str | None) -> None:
        self._default = default
        self._exact: dict[tuple[str, str], Asked] = {}
        """Routes without a part that varies, for each classifier: found by one look."""
        for (method, route), permission in CLASSIFIER.items():
            if "{" not in route:
                for name in names:
                    self._exact[method, f"/v1/{name}/{route}"] = Asked(permission, name)
                if default is not None:
                    self._exact[method, f"/{route}"] = Asked(permission, default)
        for (method, path), permission in SYSTEM.items():  # last: of /health the system's row holds
            if "{" not in path:
                self._exact[method, path] = Asked(permission, None)

    def find(self, method: str, path: str) -> Asked:
        """The row of a method and a path as it came; of one that is no route, that of the classifier it names."""
        found = self._exact.get((method, path))
        return self._varying(method, path) if found is None else found

    def _varying(self, method: str, path: str) -> Asked:
        for (verb, template), permission in SYSTEM.items():
            if verb == method and _fits(template, path):
                return Asked(permission, None)
        parts = path.split("/")
        named = len(parts) > 3 and parts[1] == "v1" and parts[2] != "-"
        name, rest = (parts[2], "/".join(parts[3:])) if named else (self._default, path[1:])
        for (verb, template), permission in CLASSIFIER.items():
            if verb == method and _fits(template, rest):
                return Asked(permission, name)
        return Asked(_UNKNOWN, name if named else None)


def _fits(template: str, path: str) -> bool:
    """Whether a path is of a template; what ends with ``:path}`` takes all that is left, slashes too.

    >>> _fits("runs/{run}/log", "runs/abc/log"), _fits("runs/{run}", "runs/abc/log"), _fits("runs/{run}", "runs/")
    (True, False, False)
    >>> _fits("subjects/{subject:path}", "subjects/a/b"), _fits("subjects/{subject:path}", "subjects")
    (True, False)
    """
    if template.endswith(":path}"):
        return path.startswith(template.rpartition("{")[0])
    wanted, parts = template.split("/"), path.split("/")
    return len(wanted) == len(parts) and all(
        part != "" if want.startswith("{") else want == part for want, part in zip(wanted, parts, strict=True)
    )
