"""An exported package, asked where nothing but NumPy and the standard library can be imported."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from ratchet.errors import RefusedError
from ratchet.export.exported import Exporting
from ratchet.words import count_of

ALONE = 20
"""Rows that are asked one by one besides: one text is encoded in another way than many."""
_SECONDS = 600
_SCRIPT = """
import json, sys
folder, name = sys.argv[1:]
class Blocker:
    def find_spec(self, module, path=None, target=None):
        if module.partition(".")[0] not in {*sys.stdlib_module_names, "numpy", name}:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
sys.meta_path.insert(0, Blocker())
sys.path.insert(0, folder)
try:
    from importlib import import_module
    predict = import_module(name).predict
    rows = json.load(sys.stdin)
    alone = [predict([row])[0] for row in rows["alone"]]
    json.dump({"together": predict(rows["together"]), "alone": alone}, sys.stdout)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {' '.join(str(error).splitlines()[:2])}")
"""


def against_served(exporting: Exporting, folder: Path) -> str:
    """A sentence on how the package's answers to stored rows compare; raises `RefusedError` where they are others."""
    rows = [_sent(row) for row in exporting.sample().to_dicts()]
    asked = {"together": rows, "alone": rows[:ALONE]}
    found, served = answers(folder, asked), _served(exporting, asked)
    for row, one, other in zip(
        [*rows, *rows[:ALONE]],
        [*found["together"], *found["alone"]],
        [*served["together"], *served["alone"]],
        strict=True,
    ):
        if one != other:
            raise RefusedError(
                f"the package answers {row!r:.200} with {one!r:.300}, and the version with {other!r:.300}",
                todo="report it, please; nothing was written",
            )
    return f"{count_of(len(rows), 'stored row')} answered bit for bit as the version does, with NumPy alone"


def answers(folder: Path, asked: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """What a package answers in a process of its own; raises `RefusedError` where it cannot."""
    words = [sys.executable, "-I", "-B", "-c", _SCRIPT, str(folder.parent), folder.name]
    done = subprocess.run(words, input=json.dumps(asked), capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it died"])[-1]
        raise RefusedError(f"it cannot answer with NumPy alone: {last:.300}", todo="export it --to mlflow or sklearn")
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return found


def _served(exporting: Exporting, asked: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    predictor = exporting.predictor
    alone = [predictor.predict([row])[0] for row in asked["alone"]]
    told = {"together": predictor.predict(asked["together"]), "alone": alone}
    found = json.loads(msgspec.json.encode(told))
    return {way: [_without(each) for each in given] for way, given in found.items()}


def _without(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what only a served one has: the id that it is logged under, and how long it took."""
    return {key: value for key, value in answer.items() if key not in {"id", "ms"}}


def _sent(row: dict[str, Any]) -> dict[str, Any]:
    """A stored row as JSON sends it."""
    return {name: _json(value) for name, value in row.items() if value is not None}


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime | date) else value
