"""What is said beside the rows is looked over before anything is answered."""

from __future__ import annotations

from typing import Any

import pytest

from ratchet.errors import RequestError
from ratchet.serving.request import context, requests
from ratchet.store.tables import SUBJECT_CHARS


def test_every_row_has_the_context_of_its_sender() -> None:
    said = context(caller="shop", subject="ann", tags={"trial": "b"})
    asked = requests("films", [{"a": 1}, {"a": 2}], said)
    assert [each.row for each in asked] == [{"a": 1}, {"a": 2}]
    for each in asked:
        assert (each.classifier, each.caller, each.subject, each.tags) == ("films", "shop", "ann", {"trial": "b"})


@pytest.mark.parametrize(
    ("subject", "tags", "where"),
    [
        ("", {}, "subject"),
        ("x" * (SUBJECT_CHARS + 1), {}, "subject"),
        ("ann\0", {}, "subject"),
        ("half a pair \ud800", {}, "subject"),
        (" ", {}, "subject"),
        (7, {}, "subject"),
        (None, {"": "a"}, "tags"),
        (None, {"a b": "a"}, "tags"),
        (None, {"a": ""}, "tags: a"),
        (None, {"a": 3}, "tags: a"),
        (None, {f"k{at}": "v" for at in range(17)}, "tags"),
    ],
)
def test_what_cannot_be_kept_is_located(subject: Any, tags: Any, where: str) -> None:
    with pytest.raises(RequestError) as raised:
        context(subject=subject, tags=tags)
    assert [each.where for each in raised.value.problems] == [where]
