"""The HTTP door: the verbs of several classifiers as routes."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.responses import JSONResponse

from ratchet.access.access import Access
from ratchet.access.limits import Limits
from ratchet.access.oidc import Oidc
from ratchet.system import System
from ratchet.web.access_log import AccessLog
from ratchet.web.asgi import Asgi, Receive, Scope, Send
from ratchet.web.batch import ACCEPTED, SUFFIXES
from ratchet.web.batching import Batcher
from ratchet.web.bodies import MOST_BATCH, MOST_IN_FILES, MOST_IN_MEMORY, MOST_ROW, Held
from ratchet.web.clients import Clients
from ratchet.web.failures import LastResort, install
from ratchet.web.gate import Gate, Rule
from ratchet.web.guard import Guard
from ratchet.web.headers import Outermost
from ratchet.web.hosts import Hosts
from ratchet.web.hot import Hot, PredictDoor
from ratchet.web.lines import JSON
from ratchet.web.metering import Metering, Places
from ratchet.web.meters import Meters, measured
from ratchet.web.openapi import describe
from ratchet.web.peers import Peers
from ratchet.web.permissions import Permissions
from ratchet.web.routes import (
    answers,
    audit,
    champions,
    classifier,
    keys,
    labels,
    oidc,
    signin,
    subjects,
    traffic,
    usage,
    watching,
)
from ratchet.web.shapes import Shapes
from ratchet.web.tending import TEND_SECONDS, tended
from ratchet.web.threads import ThreadPools, Threads
from ratchet.web.timing import NAMED, Timing
from ratchet.web.usage import Upkeep, home_of, limits_of

ROUTERS = (answers.router, labels.router, classifier.router, champions.router, traffic.router, subjects.router)
"""What each classifier answers under ``/v1/{name}``, and the default one without that."""
SYSTEM_ROUTERS = (classifier.system, watching.system, usage.system, signin.system, keys.system, audit.system)
"""What is answered for all of them together."""


class Json(JSONResponse):
    """JSON in which a number that is none is null."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return msgspec.json.encode(content)


class App:
    """The layers that every request passes, around the framework's routes.

    They are not the framework's middlewares: what it does around those costs as much as an answer.
    """

    def __init__(self, framework: FastAPI, outermost: Asgi) -> None:
        self.framework = framework
        self._outermost = outermost

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._outermost(scope, receive, send)


def create(
    system: System,
    access: Access | None = None,
    *,
    clients: Clients | None = None,
    hosts: Iterable[str] = (),
    root_path: str = "",
    most_row: int = MOST_ROW,
    most_batch: int = MOST_BATCH,
    most_in_memory: int = MOST_IN_MEMORY,
    tend_seconds: float = TEND_SECONDS,
    peers: Peers | None = None,
    log: float | None = None,
) -> App:
    """The application that answers for each classifier under ``/v1/{name}``, and for the default one without a prefix.

    Who may ask is told by the keys of ``access``; without it everybody may do everything.  ``clients`` tells where
    requests come from, ``hosts`` names that it is asked by beside those of the classifiers' settings.  It looks after
    the classifiers while it runs (`Classifier.tend`), and leaves them open when it stops.  ``peers`` are the other
    workers of a server that has several.  ``log`` is the share of requests that `ratchet.web.access_log` writes a line
    of; with None, failures leave none either.
    """
    limits, counting = limits_of(system), home_of(system).counting
    meters, permissions = Meters(limits), Permissions(system.classifiers, system.default)
    told = None if peers is None else partial(_tell, peers, meters, system)
    framework = FastAPI(
        title="Ratchet",
        lifespan=tended(system, access, tend_seconds, Upkeep(limits, counting), told),
        openapi_url=None,
        default_response_class=Json,
    )
    framework.router.redirect_slashes = False  # the address would be made of what the client says the host is
    _remember(framework, system, access, meters, limits, peers)
    install(framework, system)
    framework.add_middleware(LastResort)  # before the framework's own, which answers in plain text
    _answer(framework, system.default)
    describe(framework, system, permissions, root_path)
    # From the innermost to the outermost: each is passed before those above it.
    app: Asgi = Timing(framework, meters=meters)
    hot = _hot(system, framework.state.pools, meters)
    app = PredictDoor(app, paths=hot, meters=meters)
    rules, in_memory = _rules(system, hot, most_row, most_batch), Held(most_in_memory)
    app = Gate(app, rules=rules, meters=meters, in_memory=in_memory, in_files=Held(MOST_IN_FILES))
    app = Metering(app, places=_places(limits, system.default), counting=counting, meters=meters)
    app = Guard(app, access=access, permissions=permissions, meters=meters)
    app = LastResort(app)
    app = Outermost(
        app,
        clients=clients or Clients(),
        hosts=_hosts(system, hosts, any_address=access is not None),
        meters=meters,
        origins={name: each.spec.access.origins for name, each in system.classifiers.items()},
        default=system.default,
        root_path=root_path,
    )
    return App(framework, app if log is None else AccessLog(app, share=log))


def _remember(
    framework: FastAPI,
    system: System,
    access: Access | None,
    meters: Meters,
    limits: Mapping[str, Limits],
    peers: Peers | None,
) -> None:
    """What the routes find in the application's state."""
    state = framework.state
    state.system, state.access, state.meters, state.limits = system, access, meters, limits
    state.peers = peers
    state.oidc = None if access is None else Oidc.of(system.settings)
    state.pools = {name: ThreadPools() for name in system.classifiers}
    state.own_pools, state.oidc_threads = ThreadPools(), Threads()


def _tell(peers: Peers, meters: Meters, system: System) -> None:
    """Leave for the other workers what this one has measured."""
    peers.tell(measured(meters, list(system.classifiers.values()), bad_specs=len(system.bad)))


def _answer(framework: FastAPI, default: str | None) -> None:
    """Every route that there is; those of the default classifier without a prefix too."""
    for router in (*ROUTERS, watching.router):
        framework.include_router(router, prefix=NAMED)
    for router in SYSTEM_ROUTERS if framework.state.oidc is None else (*SYSTEM_ROUTERS, oidc.system):
        framework.include_router(router)
    for router in ROUTERS:
        framework.include_router(router, include_in_schema=default is not None)


def _places(limits: Mapping[str, Limits], default: str | None) -> Places:
    """Where the limits of each classifier hold."""
    return Places([str(getattr(each, "path", "")) for router in ROUTERS for each in router.routes], limits, default)


def _hosts(system: System, names: Iterable[str], *, any_address: bool) -> Hosts:
    known = {host for each in system.classifiers.values() for host in each.settings.host_names}
    return Hosts(known.union(names), any_address=any_address)


def _rules(system: System, hot: Mapping[str, Hot], most_row: int, most_batch: int) -> dict[str, Rule]:
    """Path -> the bodies that it takes; all others take small ones."""
    files = frozenset(SUFFIXES)
    rules = {
        "predict/batch": Rule(most=most_batch, kinds=frozenset(ACCEPTED), in_files=files),
        "explain": Rule(most=most_row, kinds=frozenset((JSON,))),
        "feedback": Rule(kinds=frozenset((JSON,))),
    }
    prefixes = [f"/v1/{name}" for name in system.classifiers] + [""]
    one = {path: Rule(most=most_row, kinds=each.shapes.taken) for path, each in hot.items()}
    none = {"/predict": Rule(most=most_row, kinds=frozenset((JSON,)))}
    return {f"{prefix}/{route}": rule for prefix in prefixes for route, rule in rules.items()} | none | one


def _hot(system: System, pools: Mapping[str, ThreadPools], meters: Meters) -> dict[str, Hot]:
    """Path -> where its rows go; the default classifier has two paths and one batcher."""
    meters.batchers = {name: Batcher(each.answer) for name, each in system.classifiers.items()}
    found = {
        f"/v1/{name}/predict": Hot(
            name,
            meters.batchers[name],
            each.answer,
            pools[name].answering,
            Shapes(each.spec.columns),
            each.answer_once,
        )
        for name, each in system.classifiers.items()
    }
    if system.default is not None:
        found["/predict"] = found[f"/v1/{system.default}/predict"]
    return found
