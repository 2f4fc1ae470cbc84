import polars as pl

from ratchet.data.checks.decision_list.predicates import NumberLimit, Predicate


def truths(predicate: Predicate, **columns: list[float | None]) -> list[bool]:
    return pl.DataFrame(columns).select(predicate.expression().alias("truth")).to_series().to_list()


def test_a_missing_number_is_neither_at_most_a_limit_nor_above_it() -> None:
    below, above = NumberLimit("n", 2.5), NumberLimit("n", 2.5, above=True)
    assert truths(below, n=[2.5, 3.0, None]) == [True, False, False]
    assert truths(above, n=[2.5, 3.0, None]) == [False, True, False]
    assert (str(below), str(above)) == ("n <= 2.5", "n > 2.5")
