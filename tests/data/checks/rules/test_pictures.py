from collections.abc import Callable

import pytest

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules import pictures
from ratchet.data.checks.rules.pictures import check_pictures
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


def test_broken_pictures_are_counted(make: MakeRows) -> None:
    pytest.importorskip("PIL")
    rows = make({"image": Kind.IMAGE}, {"image": [b"no picture", None], "label": ["a", "b"]})
    (found,) = check_pictures(rows)
    assert found.sentence == "1 picture in 'image' (50.0 %) cannot be opened"


def test_without_pillow_it_is_said(make: MakeRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "can_open_pictures", lambda: False)
    rows = make({"image": Kind.IMAGE}, {"image": [b"one", b"two"], "label": ["a", "b"]})
    (found,) = check_pictures(rows)
    assert "Pillow is not installed" in found.sentence
    assert "pip install pillow" in found.todo
