"""The API's description as a page: each address with what it takes, what it gives, and who may ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import msgspec
from starlette.responses import HTMLResponse

from ratchet.web.permissions import Permissions
from ratchet.web.plain import page, tag

_EXAMPLES: Mapping[str, Any] = {
    "string": "...",
    "number": 0.5,
    "integer": 1,
    "boolean": True,
    "array": [],
    "object": {},
}
_DEEPEST = 4


def reading_page(document: Mapping[str, Any], permissions: Permissions, root: str) -> HTMLResponse:
    """The page of an OpenAPI document; ``root`` is the path that a proxy shows the server under."""
    machine = f'<a href="{escape(root)}/openapi.json">openapi.json</a>'
    head = f"<p>The same for machines: {machine}. A key comes as <code>Authorization: Bearer rk_...</code></p>"
    parts = [
        part
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for part in _operation(path, method.upper(), operation, document, permissions, root)
    ]
    return page("What may be asked here", head, *parts)


def _operation(
    path: str,
    method: str,
    operation: Mapping[str, Any],
    document: Mapping[str, Any],
    permissions: Permissions,
    root: str,
) -> Iterator[str]:
    yield tag("h2", f"{method} {path}")
    yield tag("p", operation.get("summary", ""))
    if said := operation.get("description"):
        yield tag("p", said, class_="quiet")
    permission = permissions.find(method, path).permission
    yield tag("p", "Open to all." if permission.role is None else f"Role: {permission.role}.", class_="quiet")
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        example = msgspec.json.format(msgspec.json.encode(_example(body, document)), indent=1).decode()
        yield tag("pre", f"curl {root}{path} -H 'authorization: Bearer rk_...' \\\n  --json '{example}'")


def _example(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that a schema describes, for reading."""
    if reference := schema.get("$ref"):
        return _example(document["components"]["schemas"][reference.rpartition("/")[2]], document, depth + 1)
    for known in ("example", "default", "const"):
        if known in schema:
            return schema[known]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    if (choices := schema.get("anyOf") or schema.get("oneOf")) is not None:
        return _example(choices[0], document, depth)
    if depth > _DEEPEST:
        return None
    if schema.get("type") == "object" and "properties" in schema:
        return {name: _example(each, document, depth + 1) for name, each in schema["properties"].items()}
    if schema.get("type") == "array" and "items" in schema:
        return [_example(schema["items"], document, depth + 1)]
    kind = schema.get("type", "string")
    return _EXAMPLES.get(kind[0] if isinstance(kind, list) else kind, "...")
