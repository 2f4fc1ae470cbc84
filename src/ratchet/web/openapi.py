"""The API's description, with the classifier's own columns and classes in it."""

from __future__ import annotations

from typing import Any

from ratchet.data.schema import Schema
from ratchet.serving.rows import example
from ratchet.web.batch import ACCEPTED
from ratchet.web.lines import CSV, JSON, NDJSON

_SCORE = {
    "type": "object",
    "properties": {"label": {"type": "string"}, "name": {"type": "string"}, "score": {"type": "number"}},
}
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "asked": {"type": "string"},
        "found": {"type": "string"},
        "todo": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "where": {"type": "string"},
                    "found": {"type": "string"},
                    "expected": {"type": "string"},
                },
            },
        },
    },
}


def describe(document: dict[str, Any], schema: Schema, prefixes: tuple[str, ...]) -> dict[str, Any]:
    """An OpenAPI document with the predict routes added for each prefix; the document itself is changed."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {"Row": _row(schema), "Prediction": _prediction(schema), "Problem": _PROBLEM}
    for prefix in prefixes:
        document["paths"] |= {
            f"{prefix}/predict": {"post": _predict()},
            f"{prefix}/predict/batch": {"post": _batch()},
        }
    return document


def _row(schema: Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Columns and their values; one that is absent or null is missing, which is legal.",
        "properties": {name: kind.feature.json_schema for name, kind in schema.features.items()},
        "example": example(schema.features),
    }


def _prediction(schema: Schema) -> dict[str, Any]:
    label: dict[str, Any] = {"type": "string", **({"enum": list(schema.classes)} if schema.classes else {})}
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "label": label,
            "name": {"type": "string"},
            "confidence": {"type": "number"},
            "scores": {"type": "array", "items": _SCORE},
            "set": {"type": "array", "items": label},
            "abstained": {"type": "boolean"},
            "version": {"type": "string"},
            "ms": {"type": "number"},
        },
    }


def _predict() -> dict[str, Any]:
    return {
        "summary": "Answer one row",
        "tags": ["answers"],
        "requestBody": {"required": True, "content": {JSON: {"schema": {"$ref": "#/components/schemas/Row"}}}},
        "responses": {
            "200": {
                "description": "The answer, which is in the log",
                "content": {JSON: {"schema": {"$ref": "#/components/schemas/Prediction"}}},
            },
            **_problems("400", "413", "422", "503"),
        },
    }


def _batch() -> dict[str, Any]:
    array = {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}
    answers = {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}}
    return {
        "summary": "Answer many rows",
        "description": "A JSON array is answered whole or refused with every mistake; of NDJSON, CSV and Parquet each "
        "good row is answered and each bad one explained in its place.  The answers stream, each with its `row`.",
        "tags": ["answers"],
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": array if kind == JSON else {"type": "string"}} for kind in ACCEPTED},
        },
        "responses": {
            "200": {
                "description": "The answers, which are in the log",
                "content": {JSON: {"schema": answers}, NDJSON: {"schema": {"type": "string"}}, CSV: {"schema": {}}},
            },
            **_problems("400", "413", "415", "422", "503"),
        },
    }


def _problems(*statuses: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": "What was found, and what to do", "content": content} for status in statuses}
