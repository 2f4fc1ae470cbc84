"""The engines by name."""

from __future__ import annotations

from ratchet.engine.engine import Engine
from ratchet.engine.inline import InlineEngine
from ratchet.engine.processes import ProcessEngine
from ratchet.errors import SettingsError


def open_engine(name: str, workers: int) -> Engine:
    """The engine of that name (``processes`` or ``inline``); raises `SettingsError` for any other."""
    if name == "processes":
        return ProcessEngine(workers)
    if name == "inline":
        return InlineEngine()
    raise SettingsError(f"there is no engine '{name}'", todo="set RATCHET_ENGINE to processes or inline")
