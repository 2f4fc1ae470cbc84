"""What the tests of access share: an empty database of either kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ratchet.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, empty database of either kind."""
    opened = Database.open(database_url)
    yield opened
    opened.close()
