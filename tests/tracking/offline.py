"""Reads the file of an offline run of W&B: records of protobuf in blocks, as LevelDB keeps its log."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HEAD = 7
_BLOCK = 32_768
_FULL, _FIRST = 1, 2


def records(path: Path) -> Iterator[Any]:
    """The records of a file, in their order."""
    from wandb.proto import wandb_internal_pb2

    content, at, parts = path.read_bytes(), _HEAD, b""
    while at + _HEAD <= len(content):
        if _BLOCK - at % _BLOCK < _HEAD:  # a block's end too small for a head is left empty
            at += _BLOCK - at % _BLOCK
            continue
        _, size, kind = struct.unpack("<IHB", content[at : at + _HEAD])
        body = content[at + _HEAD : at + _HEAD + size]
        parts = body if kind in (_FULL, _FIRST) else parts + body
        at += _HEAD + size
        if kind in (_FULL, 4):
            record = wandb_internal_pb2.Record()  # type: ignore[attr-defined,unused-ignore]
            record.ParseFromString(parts)
            yield record


def whole(folder: Path) -> list[Any]:
    """The records in the folder of an offline run, once the library's service has written the last of them."""
    (path,) = folder.glob("run-*.wandb")
    for _ in range(100):
        found = list(records(path))
        if any(each.WhichOneof("record_type") == "exit" for each in found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{path} has no end")


def history(found: list[Any]) -> list[dict[str, Any]]:
    """What was logged, a dict for each step."""
    steps = [each.history for each in found if each.WhichOneof("record_type") == "history"]
    return [_values(each.item) for each in steps]


def config(found: list[Any]) -> dict[str, Any]:
    """What the configuration came to."""
    updates = [each.config for each in found if each.WhichOneof("record_type") == "config"]
    return {name: value for each in updates for name, value in _values(each.update).items()}


def summary(found: list[Any]) -> dict[str, Any]:
    """What the summary came to."""
    updates = [each.summary for each in found if each.WhichOneof("record_type") == "summary"]
    return {name: value for each in updates for name, value in _values(each.update).items()}


def artifacts(found: list[Any]) -> list[Any]:
    """The artifacts that were logged by the run; its tables are others."""
    kept = [each.request.log_artifact.artifact for each in found if each.request.HasField("log_artifact")]
    kept += [each.artifact for each in found if each.WhichOneof("record_type") == "artifact"]
    return [each for each in kept if each.type == "model"]


def _values(items: Any) -> dict[str, Any]:
    return {".".join(item.nested_key) or item.key: json.loads(item.value_json) for item in items}
