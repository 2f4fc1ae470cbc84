"""The classifier that the client is tried on is the one that the door is."""

from __future__ import annotations

from tests.web.conftest import elsewhere, films, opened, resources

__all__ = ["elsewhere", "films", "opened", "resources"]
