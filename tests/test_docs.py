"""The documentation says what the code says."""

from __future__ import annotations

import pytest

from docs.make import PAGES, REFERENCE


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_what_make_docs_makes(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run make docs"
