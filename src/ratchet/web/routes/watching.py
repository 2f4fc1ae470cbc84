"""Whether all is well, for orchestrators and for Prometheus.

Answered from what tending the classifiers found, so that no database, however slow, makes anybody wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import APIRouter
from prometheus_client.core import Metric
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ratchet.classifier import Health
from ratchet.system import SystemHealth
from ratchet.web.asking import Asked, system_of
from ratchet.web.meters import exposition, measured
from ratchet.web.peers import Peers
from ratchet.web.usage import home_of

TEXT = "text/plain; version=0.0.4; charset=utf-8"

router = APIRouter(tags=["watching"])
system = APIRouter(tags=["watching"])


class Exposition(PlainTextResponse):
    """Prometheus' text format."""

    media_type = TEXT


@dataclass(frozen=True, slots=True)
class Alive:
    """That the process runs."""

    live: bool = True


@router.get("/health", summary="Whether this classifier answers: 200, or 503")
@router.get("/health/ready", summary="The same, for an orchestrator")
async def health(classifier: Asked, request: Request, response: Response) -> Health:
    """What is wrong, in sentences; some of it does not keep requests from being answered."""
    found = classifier.health()
    found = replace(found, problems=(*found.problems, *_of_limits(request, classifier.name)))
    response.status_code = 200 if found.ready else 503
    return found


@system.get("/health", summary="Whether any classifier answers: 200, or 503")
@system.get("/health/ready", summary="The same, for an orchestrator")
async def system_health(request: Request, response: Response) -> SystemHealth:
    """Each classifier's health, and the specs that could not be opened, which keep no other from answering."""
    system = system_of(request)
    found = system.health()
    found = replace(found, problems=(*found.problems, *_of_limits(request, *system.classifiers)))
    response.status_code = 200 if found.ready else 503
    return found


@router.get("/health/live", summary="Whether the process runs: 200")
@system.get("/health/live", summary="Whether the process runs: 200")
async def live() -> Alive:
    """Nothing is looked at."""
    return Alive()


@router.get("/metrics", summary="Counts and latencies of this classifier, for Prometheus", response_class=Exposition)
async def metrics(classifier: Asked, request: Request) -> Exposition:
    """Every series names the classifier."""
    found = measured(request.app.state.meters, [classifier])
    return Exposition(exposition(_together(request, found, [classifier.name])))


@system.get("/metrics", summary="Counts and latencies of every classifier, for Prometheus", response_class=Exposition)
async def system_metrics(request: Request) -> Exposition:
    """Every series names its classifier."""
    found = system_of(request)
    families = measured(request.app.state.meters, list(found.classifiers.values()), bad_specs=len(found.bad))
    return Exposition(exposition(_together(request, families, None)))


def _together(request: Request, found: list[Metric], names: list[str] | None) -> list[Metric]:
    """What was measured, with what the other workers of this server did, where there are any."""
    peers: Peers | None = request.app.state.peers
    return found if peers is None else peers.together(found, names)


def _of_limits(request: Request, *names: str) -> list[str]:
    """What is wrong with the limits of some classifiers, and with the counting of what was asked: no answer waits."""
    shared = [request.app.state.limits[name].shared for name in names]
    found = [None if each is None else each.problem for each in shared]
    counting = home_of(system_of(request)).counting.problem
    return list(dict.fromkeys(each for each in (*found, counting) if each is not None))
