from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ratchet.data.split.sides import EXCLUDED, HOLDOUT, TRAIN, TUNE
from ratchet.data.split.time import NO_TIME, cuts, side_by_time
from ratchet.errors import DataError


def moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def test_a_row_at_a_cut_is_behind_it_and_one_without_a_time_excluded() -> None:
    times = np.array([5, 10, 19, 20, NO_TIME])
    sides = side_by_time(times, moment(10), moment(20))
    assert sides.tolist() == [TRAIN, TUNE, TUNE, HOLDOUT, EXCLUDED]


@pytest.mark.parametrize(("holdout", "cut"), [(0.6, 2), (0.4, 3), (0.45, 3), (0.0, 4)])
def test_a_cut_comes_nearest_to_the_share_and_parts_no_moment(holdout: float, cut: int) -> None:
    times = np.array([3, 1, NO_TIME, 1, 3, 2])
    assert cuts(times, holdout=holdout, tune=0.0, column="w")[1] == moment(cut)


def test_one_moment_is_no_time() -> None:
    with pytest.raises(DataError, match="'w' has fewer than two different moments"):
        cuts(np.array([7, 7, NO_TIME]), holdout=0.2, tune=0.1, column="w")
