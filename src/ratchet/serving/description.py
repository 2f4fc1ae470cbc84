"""A classifier's rows and answers as JSON Schema, for those who write clients."""

from __future__ import annotations

from typing import Any

from ratchet.data.schema import Schema
from ratchet.serving.rows import example

_SCORE = {
    "type": "object",
    "properties": {"label": {"type": "string"}, "name": {"type": "string"}, "score": {"type": "number"}},
}


_PLACE = {"type": ["integer", "null"]}
_CONTRIBUTION = {
    "type": "object",
    "properties": {
        "column": {"type": "string"},
        "value": {"type": ["string", "null"]},
        "contribution": {"type": "number"},
        "start": _PLACE,
        "end": _PLACE,
    },
}
_EXPLANATION = "What in the row spoke for the class; of a prediction, absent unless asked for."
_VOTES = "What each member of an ensemble says by itself; absent unless asked for."
_NOTES = "What was odd about the row, such as a key that is no column; absent where there is nothing."


def row_schema(schema: Schema) -> dict[str, Any]:
    """A row as it is sent, with an example."""
    return {
        "type": "object",
        "description": "Columns and their values; one that is absent or null is missing, which is legal.",
        "properties": {name: kind.feature.json_schema for name, kind in schema.features.items()},
        "example": example(schema.features),
    }


def prediction_schema(schema: Schema) -> dict[str, Any]:
    """An answer as it is given."""
    label = _label(schema)
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
            "explanation": explanation_schema(schema),
            "votes": {"type": "array", "items": _vote(label), "description": _VOTES},
            "notes": {"type": "array", "items": {"type": "string"}, "description": _NOTES},
        },
    }


def explanation_schema(schema: Schema) -> dict[str, Any]:
    """Why a row is of a class, as it is given."""
    number, label = {"type": "number"}, _label(schema)
    return {
        "type": "object",
        "description": _EXPLANATION,
        "properties": {
            "label": label,
            "name": {"type": "string"},
            "probability": number,
            "answer": label,
            "version": {"type": "string"},
            "method": {"type": "string", "enum": ["linear", "tree_shap", "occlusion"]},
            "exact": {"type": "boolean"},
            "scale": {"type": "string", "enum": ["log-odds", "logit", "probability"]},
            "margin": number,
            "base": {"type": ["number", "null"]},
            "contributions": {"type": "array", "items": _CONTRIBUTION},
            "rest": {"type": "object", "properties": {"count": {"type": "integer"}, "contribution": number}},
            "before_calibration": {"type": ["number", "null"]},
            "unasked": {"type": "integer"},
            "sentence": {"type": "string"},
        },
    }


def _label(schema: Schema) -> dict[str, Any]:
    return {"type": "string", **({"enum": list(schema.classes)} if schema.classes else {})}


def _vote(label: dict[str, Any]) -> dict[str, Any]:
    number = {"type": "number"}
    return {
        "type": "object",
        "properties": {"family": {"type": "string"}, "weight": number, "label": label, "confidence": number},
    }
