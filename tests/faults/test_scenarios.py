"""What is promised under faults, attacked a few times; ``make faults`` attacks it many times."""

from __future__ import annotations

import pytest

from tests.faults.catalogue import SCENARIOS
from tests.faults.scenario import Counts, MissingError, Scenario
from tests.faults.workspaces import Workspaces


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Workspaces:
    return Workspaces(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_what_is_promised_is_kept(scenario: Scenario, workspaces: Workspaces) -> None:
    try:
        counts = scenario.run(workspaces, scenario.few)
    except MissingError as missing:
        pytest.skip(str(missing))
    assert counts.tried >= scenario.few
    assert counts.kept, counts


def test_no_name_is_given_twice() -> None:
    assert len({each.name for each in SCENARIOS}) == len(SCENARIOS)


def test_counts_tell_a_promise_that_was_broken() -> None:
    assert Counts(tried=1, answered=5, logged=5).kept
    assert not any(Counts(tried=1, **{broken: 1}).kept for broken in ("lost", "twice", "failed"))
