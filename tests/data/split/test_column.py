import numpy as np
import pytest

from ratchet.data.split.column import names_tune_rows, side_words
from ratchet.data.split.sides import HOLDOUT, TRAIN, TUNE
from ratchet.errors import DataError


def test_words_of_a_split_column() -> None:
    assert side_words(["Train", " TEST ", "valid", None], "s") == {"Train": TRAIN, " TEST ": HOLDOUT, "valid": TUNE}
    with pytest.raises(DataError, match="says 'fold 1', 'fold 2'"):
        side_words(["train", "fold 2", "fold 1"], "s")


def test_a_column_may_name_no_rows_to_tune_on() -> None:
    assert names_tune_rows(np.array([TRAIN, TUNE, HOLDOUT], dtype=np.uint8), "s")
    assert not names_tune_rows(np.array([TRAIN, HOLDOUT], dtype=np.uint8), "s")
