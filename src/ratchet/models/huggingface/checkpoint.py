"""Where a fit stands: weights and moments as safetensors, all else as JSON in its header, written whole or not at all.

What is kept is named by what the fit depends on, so a fit that was killed finds it when it is begun again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ratchet import atomic

_KEPT = 5
"""Fits that were left unfinished, at most; older ones go."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The place of one fit's checkpoint."""

    path: Path

    @classmethod
    def of(cls, *parts: object) -> Checkpoint:
        """The place for a fit of these parts (JSON values), in the cache of this user (``XDG_CACHE_HOME``)."""
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        place = home / "ratchet" / "checkpoints"
        atomic.make_private(place)
        others = sorted(place.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in others[_KEPT:]:
            old.unlink(missing_ok=True)
        name = hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()
        return cls(place / f"{name}.safetensors")

    def write(self, tensors: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        """Keep where a fit stands, instead of what was kept before."""
        from safetensors.torch import save_file

        with atomic.beside(self.path) as made:
            save_file(
                {name: each.contiguous() for name, each in tensors.items()}, made, {"said": json.dumps(dict(said))}
            )
            made.replace(self.path)

    def read(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """What `write` kept, or None where there is nothing whole."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, "pt") as opened:
                return {name: opened.get_tensor(name) for name in opened.keys()}, json.loads(opened.metadata()["said"])  # noqa: SIM118  # it is no dict
        except (OSError, ValueError, SafetensorError):
            return None

    def remove(self) -> None:
        """Forget it."""
        self.path.unlink(missing_ok=True)
