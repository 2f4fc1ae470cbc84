"""The API's description, with each classifier's own columns and classes in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from ratchet.system import System
from ratchet.web.asking import EVERY_CLASS, who_of
from ratchet.web.batch import ACCEPTED
from ratchet.web.lines import CSV, JSON, NDJSON
from ratchet.web.permissions import Permissions
from ratchet.web.reading import reading_page
from ratchet.web.shapes import Shapes
from ratchet.web.timing import NAMED

_TEXT = {"type": "string"}
_FILE = {"type": "string", "format": "binary"}
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "asked": _TEXT,
        "found": _TEXT,
        "todo": _TEXT,
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"where": _TEXT, "found": _TEXT, "expected": _TEXT}},
        },
    },
}
_PARAMETERS = [
    {
        "name": "Ratchet-Subject",
        "in": "header",
        "description": "Whose row it is, as you name that person.",
        "schema": {"type": "string", "maxLength": 256},
    },
    {
        "name": "Ratchet-Tags",
        "in": "header",
        "description": "What you want the answer to be found by later: key=value, parted by commas.",
        "schema": _TEXT,
        "example": "shop=north, trial=b",
    },
    {
        "name": "votes",
        "in": "query",
        "description": "Whether the answer says what each member of an ensemble answers by itself.",
        "schema": {"type": "boolean", "default": False},
    },
    {
        "name": "probabilities",
        "in": "query",
        "description": "Whether the answer's `scores` are of every class.",
        "schema": {"type": "boolean", "default": False},
    },
    {
        "name": "top",
        "in": "query",
        "description": "How many classes the answer's `scores` are of, the most probable first; "
        "by default `serve.top` of the spec.",
        "schema": {"type": "integer", "minimum": 1, "maximum": EVERY_CLASS},
    },
    {
        "name": "explain",
        "in": "query",
        "description": "Whether the answer says what in the row spoke for it; of rows that are sent as JSON.",
        "schema": {"type": "boolean", "default": False},
    },
]
_PARTS = ("Row", "Prediction", "Explanation")
_LABEL = {
    "name": "label",
    "in": "query",
    "description": "The class to explain; the one that is answered, where none is named.",
    "schema": _TEXT,
}

_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A name of yours for this request: sent again within 24 hours, it gets the answer it had.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
}


def describe(app: FastAPI, system: System, permissions: Permissions, root: str) -> None:
    """Have an application show its OpenAPI document, and a page to read it, under the path of a proxy.

    Making it takes tens of milliseconds, so that it is kept until another version answers.
    """
    openapi = app.openapi = described(app, system, root)  # type: ignore[method-assign]
    made: dict[tuple[str | None, ...], bytes] = {}

    async def document(request: Request) -> Response:
        names = _opened(request, system)
        if names != list(system.classifiers):  # of a key that opens some only
            return Response(msgspec.json.encode(openapi(names)), media_type=JSON)
        versions = tuple(each.live().version for each in system.classifiers.values())
        if versions not in made:
            made.clear()
            made[versions] = msgspec.json.encode(openapi())
        return Response(made[versions], media_type=JSON)

    async def docs(request: Request) -> Response:
        return reading_page(openapi(_opened(request, system)), permissions, root)

    app.add_route("/openapi.json", document, include_in_schema=False)
    app.add_route("/docs", docs, include_in_schema=False)


def _opened(request: Request, system: System) -> list[str]:
    """The classifiers that who asks may ask."""
    return [name for name in system.classifiers if who_of(request).may_ask(name)]


def described(app: FastAPI, system: System, root: str = "") -> Callable[..., dict[str, Any]]:
    """What makes the OpenAPI document of an application, of all classifiers or of those named.

    It is made anew each time: a champion may have learned new columns.
    """

    def openapi(names: Sequence[str] = tuple(system.classifiers)) -> dict[str, Any]:
        servers = [{"url": root}] if root else None
        document = get_openapi(title=app.title, version=app.version, routes=app.routes, servers=servers)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = _PROBLEM
        for path, operation in _operations(document):
            _finish(operation, list(names) if path.startswith(NAMED) else None)
        for name in names:
            document["paths"] |= _answers(schemas, system, name)
        return document

    return openapi


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _finish(operation: dict[str, Any], names: list[str] | None) -> None:
    """Say of a route how it fails, and which classifiers its address may name."""
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = _failed()
    if names is not None:
        named = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "enum": names}}
        operation["parameters"] = [named, *operation.get("parameters", [])]


def _answers(schemas: dict[str, Any], system: System, name: str) -> dict[str, Any]:
    """The routes that take rows of a classifier: under its name and, for the default one, without a prefix."""
    parts = {part: f"{name}.{part}" for part in _PARTS}
    schemas |= {parts[part]: schema for part, schema in system.get(name).schemas().items()}
    row, prediction, explanation = ({"$ref": f"#/components/schemas/{parts[part]}"} for part in _PARTS)
    operations = {
        "predict": _predict(Shapes(system.get(name).spec.columns), row, prediction),
        "predict/batch": _batch(row, prediction),
        "explain": _explain(row, explanation),
    }
    return {
        f"{prefix}/{route}": {"post": operation}
        for prefix in (f"/v1/{name}", *([""] if name == system.default else []))
        for route, operation in operations.items()
    }


def _explain(row: dict[str, Any], explanation: dict[str, Any]) -> dict[str, Any]:
    content = {JSON: {"schema": explanation}}
    return {
        "summary": "Say what in a row spoke for a class",
        "description": "For the class that is answered or, with `label`, for another.  Nothing is logged.",
        "tags": ["answers"],
        "parameters": [_LABEL],
        "requestBody": {"required": True, "content": {JSON: {"schema": row}}},
        "responses": {"200": {"description": "What spoke for it", "content": content}, "default": _failed()},
    }


def _predict(shapes: Shapes, row: dict[str, Any], prediction: dict[str, Any]) -> dict[str, Any]:
    bodies = {kind: {"schema": _FILE if kind.endswith("/*") else row} for kind in sorted(shapes.taken)}
    return {
        "summary": "Answer one row",
        "tags": ["answers"],
        "parameters": [*_PARAMETERS, _IDEMPOTENCY],
        "requestBody": {"required": True, "content": bodies},
        "responses": {
            "200": {"description": "The answer, which is in the log", "content": {JSON: {"schema": prediction}}},
            "default": _failed(),
        },
    }


def _batch(row: dict[str, Any], prediction: dict[str, Any]) -> dict[str, Any]:
    bodies = {kind: {"schema": {"type": "array", "items": row} if kind == JSON else _TEXT} for kind in ACCEPTED}
    answers: dict[str, Any] = {"type": "array", "items": prediction}
    return {
        "summary": "Answer many rows",
        "description": "A JSON array is answered whole or refused with every mistake; of NDJSON, CSV and Parquet each "
        "good row is answered and each bad one explained in its place.  The answers stream, each with its `row`.",
        "tags": ["answers"],
        "parameters": _PARAMETERS,
        "requestBody": {"required": True, "content": bodies},
        "responses": {
            "200": {
                "description": "The answers, which are in the log",
                "content": {JSON: {"schema": answers}, NDJSON: {"schema": _TEXT}, CSV: {"schema": _TEXT}},
            },
            "default": _failed(),
        },
    }


def _failed() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": "What was found, and what to do", "content": content}
