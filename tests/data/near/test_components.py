import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.near.components import components, distinct, links_of, numbered


@given(st.integers(1, 30), st.data())
def test_groups_are_what_hangs_together(count: int, data: st.DataObject) -> None:
    rows = st.integers(0, count - 1)
    pairs = data.draw(st.lists(st.tuples(rows, rows), max_size=40))
    expected = list(range(count))
    for one, other in pairs:
        old, new = expected[one], expected[other]
        expected = [new if each == old else each for each in expected]
    found = components(count, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    assert found.tolist() == numbered(np.array(expected)).tolist()


@given(st.lists(st.integers(0, 5), max_size=30))
def test_links_join_equal_keys(keys: list[int]) -> None:
    array = np.array(keys, dtype=np.int64)
    groups = components(len(keys), links_of(array, np.arange(len(keys)))) if keys else array
    assert groups.tolist() == numbered(array).tolist()
    assert distinct(array).tolist() == sorted(set(keys))
