"""What a spec says of its candidates is held against what there is before a row is read."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from ratchet.errors import MissingExtraError, SpecError
from ratchet.models.linear import Linear
from ratchet.spec import Spec, parse
from ratchet.training.planned import check_candidates


def spec(**candidate: Any) -> Spec:
    columns = {"note": "text", "age": "number"}
    return parse({"name": "t", "label": "y", "columns": columns, "candidates": [{"family": "linear.v1", **candidate}]})


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        ({"family": "linar.v1"}, r"candidates\.0\.family: found 'linar\.v1'"),
        ({"encoders": {"text": "ngrms.v1"}}, r"candidates\.0\.encoders\.text: found 'ngrms\.v1'"),
        ({"params": {"lss": "log"}}, r"candidates\.0\.params\.lss: found no such parameter"),
        ({"encoders": {"age": "ngrams.v2"}}, "ngrams.v2 reads text; 'age' is of kind number"),
        ({"family": "ensemble.v1"}, "is made of other candidates, and there are none"),
    ],
)
def test_what_no_rows_would_mend_is_refused(candidate: dict[str, Any], why: str) -> None:
    with pytest.raises(SpecError, match=why):
        check_candidates(spec(**candidate))


def test_what_there_is_passes() -> None:
    check_candidates(spec(encoders={"note": "words.v2"}, params={"C": 2.0}))
    check_candidates(spec(family="majority.v1"))


def test_a_library_that_is_not_installed_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any) -> NoReturn:
        raise MissingExtraError("linear.v1", "lines")

    monkeypatch.setattr(Linear, "defaults", missing)
    check_candidates(spec())
