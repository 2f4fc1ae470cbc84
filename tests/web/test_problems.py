"""Every error has a status, its own or that of the kind it is a case of."""

from __future__ import annotations

import pytest

from ratchet import errors
from ratchet.errors import RatchetError
from ratchet.web.problems import BodyError, MediaTypeError, TooLargeError, problem, status


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RatchetError("a"), 400),
        (errors.SpecError("a"), 400),
        (errors.RequestError("a"), 400),
        (BodyError("a"), 400),
        (errors.NotFoundError("a"), 404),
        (errors.RefusedError("a"), 409),
        (TooLargeError("a"), 413),
        (MediaTypeError("a"), 415),
        (errors.RowError("a"), 422),
        (errors.JobError("a"), 500),
        (errors.UnavailableError("a"), 503),
    ],
)
def test_the_status_of_an_error(error: RatchetError, code: int) -> None:
    assert status(error) == problem(error, "GET /info")["status"] == code
