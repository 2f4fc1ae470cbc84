"""The HTTP door: the verbs of several classifiers as routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.responses import JSONResponse

from ratchet.access.access import Access
from ratchet.access.oidc import Oidc
from ratchet.classifier import Classifier
from ratchet.system import System
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
from ratchet.web.kept import folder_of, sweep
from ratchet.web.lines import JSON
from ratchet.web.metering import Metering, Places
from ratchet.web.meters import Meters
from ratchet.web.openapi import describe
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
    usage,
    watching,
)
from ratchet.web.threads import ThreadPools, Threads
from ratchet.web.timing import NAMED, Timing
from ratchet.web.usage import Upkeep, home_of, limits_of

TEND_SECONDS = 1.0
FIRST_SECONDS = 10.0
"""How long the first request waits for champions to be loaded; one that takes longer answers when it is."""
LAST_SECONDS = 2.0
"""How long stopping waits for the tending that goes on; one that takes longer is left."""

ROUTERS = (answers.router, labels.router, classifier.router, champions.router, subjects.router)
"""What each classifier answers under ``/v1/{name}``, and the default one without that."""
SYSTEM_ROUTERS = (classifier.system, watching.system, usage.system, signin.system, keys.system, audit.system)
"""What is answered for all of them together."""


class Json(JSONResponse):
    """JSON in which a number that is none is null."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return msgspec.json.encode(content)


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
) -> FastAPI:
    """The application that answers for each classifier under ``/v1/{name}``, and for the default one without a prefix.

    Who may ask is told by the keys of ``access``; without it everybody may do everything.  ``clients`` tells where
    requests come from, ``hosts`` names that it is asked by beside those of the classifiers' settings.  It looks after
    the classifiers while it runs (`Classifier.tend`), and leaves them open when it stops.
    """
    limits, counting = limits_of(system), home_of(system).counting
    meters = Meters(limits)
    app = FastAPI(
        title="Ratchet",
        lifespan=_tended(system, access, tend_seconds, Upkeep(limits, counting)),
        openapi_url=None,
        default_response_class=Json,
    )
    app.router.redirect_slashes = False  # the address would be made of what the client says the host is
    app.state.system, app.state.meters, app.state.limits, app.state.access = system, meters, limits, access
    app.state.oidc = None if access is None else Oidc.of(system.settings)
    app.state.own_pools, app.state.oidc_threads = ThreadPools(), Threads()
    pools = app.state.pools = {name: ThreadPools() for name in system.classifiers}
    install(app, system)
    for router in (*ROUTERS, watching.router):
        app.include_router(router, prefix=NAMED)
    for router in SYSTEM_ROUTERS if app.state.oidc is None else (*SYSTEM_ROUTERS, oidc.system):
        app.include_router(router)
    for router in ROUTERS:
        app.include_router(router, include_in_schema=system.default is not None)
    app.add_middleware(Timing, meters=meters)
    app.add_middleware(PredictDoor, paths=_hot(system, pools), meters=meters)
    app.add_middleware(
        Gate,
        rules=_rules(system, most_row, most_batch),
        meters=meters,
        in_memory=Held(most_in_memory),
        in_files=Held(MOST_IN_FILES),
    )
    routes = [str(getattr(each, "path", "")) for router in ROUTERS for each in router.routes]
    places = Places(routes, limits, system.default)
    app.add_middleware(Metering, places=places, counting=counting, meters=meters)
    permissions = Permissions(system.classifiers, system.default)
    app.add_middleware(Guard, access=access, permissions=permissions, meters=meters)
    app.add_middleware(LastResort)
    app.add_middleware(
        Outermost,
        clients=clients or Clients(),
        hosts=_hosts(system, hosts, any_address=access is not None),
        meters=meters,
        origins={name: each.spec.access.origins for name, each in system.classifiers.items()},
        default=system.default,
        root_path=root_path,
    )
    describe(app, system, permissions, root_path)
    return app


def _hosts(system: System, names: Iterable[str], *, any_address: bool) -> Hosts:
    known = {host for each in system.classifiers.values() for host in each.settings.host_names}
    return Hosts(known.union(names), any_address=any_address)


def _rules(system: System, most_row: int, most_batch: int) -> dict[str, Rule]:
    """Path -> the bodies that it takes; all others take small ones."""
    files = frozenset(SUFFIXES)
    rules = {
        "predict": Rule(most=most_row, kinds=frozenset((JSON,))),
        "predict/batch": Rule(most=most_batch, kinds=frozenset(ACCEPTED), in_files=files),
        "feedback": Rule(kinds=frozenset((JSON,))),
    }
    prefixes = [f"/v1/{name}" for name in system.classifiers] + [""]
    return {f"{prefix}/{route}": rule for prefix in prefixes for route, rule in rules.items()}


def _hot(system: System, pools: Mapping[str, ThreadPools]) -> dict[str, Hot]:
    """Path -> where its rows go; the default classifier has two paths and one batcher."""
    found = {
        f"/v1/{name}/predict": Hot(name, Batcher(each.answer), each.answer, pools[name].answering)
        for name, each in system.classifiers.items()
    }
    if system.default is not None:
        found["/predict"] = found[f"/v1/{system.default}/predict"]
    return found


def _tended(system: System, access: Access | None, every: float, upkeep: Upkeep) -> Callable[[FastAPI], Any]:
    """Each classifier is tended once before the first request, so that a champion is in memory; then again and again.

    Each by itself, in a thread of its own: one whose database is slow to answer holds up no other.
    """

    async def tend(each: Classifier | Access, once: asyncio.Event, stop: asyncio.Event) -> None:
        thread = Threads(1)
        while not stop.is_set():
            await thread.run(each.tend)
            once.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()
        for folder in {folder_of(each) for each in system.classifiers.values()}:
            sweep(folder)
        tended: list[Classifier | Access] = [*system.classifiers.values(), *([] if access is None else [access])]
        upkept = asyncio.create_task(upkeep.run(stop, every))
        onces = [(each, asyncio.Event()) for each in tended]
        tasks = [asyncio.create_task(tend(each, once, stop)) for each, once in onces]
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    asyncio.gather(upkeep.begun.wait(), *[once.wait() for _, once in onces]), FIRST_SECONDS
                )
            yield
        finally:
            stop.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*tasks, upkept), LAST_SECONDS)

    return lifespan
