from __future__ import annotations

import pytest

from ratchet.access.limits import Limits, network_of, policies_of
from ratchet.errors import TooOftenError
from ratchet.spec.access import Access


def test_each_key_of_the_section_is_a_limit() -> None:
    names = set(Access.model_fields) - {"origins"}
    every = Access.model_validate(dict.fromkeys(names, 7))
    assert {each.name for each in policies_of(every)} == names
    assert policies_of(Access()) == ()


def test_without_limits_nothing_is_counted_and_nothing_refused() -> None:
    limits = Limits(Access(), "films")
    assert limits.take("ann", "10.0.0.1") is None
    limits.more_rows("ann", "10.0.0.1", 10**9)


def test_a_refusal_says_what_was_allowed_and_when_to_ask_again() -> None:
    limits = Limits(Access(per_minute=2, address_per_minute=3), "films")
    for _ in range(2):
        assert (verdict := limits.take("ann", "10.0.0.1"))
        assert verdict.refusal is None
    assert (refused := limits.take("ann", "10.0.0.1"))
    assert refused.refusal
    assert refused.refusal.problem == "ann may make 2 requests of films a minute, and has made them"
    assert "per_minute under [access]" in refused.refusal.todo
    assert 59 <= refused.refusal.seconds <= 61
    assert refused.left[0] == 0
    limits.take("bob", "10.0.0.1")
    assert (refused := limits.take("bob", "10.0.0.1"))
    assert refused.refusal
    assert refused.refusal.problem.startswith("this address may make 3 requests")
    assert limits.refused == {"per_minute": 1, "address_per_minute": 1}


def test_more_rows_than_are_left_are_refused_and_none_of_them_taken() -> None:
    limits = Limits(Access(rows_per_minute=100), "films")
    limits.take("ann", "", rows=1)
    limits.more_rows("ann", "", 60)
    with pytest.raises(TooOftenError, match=r"40 rows more: .* 100 rows a minute, of which 39 are left") as caught:
        limits.more_rows("ann", "", 40)
    assert caught.value.seconds > 0
    limits.more_rows("ann", "", 39)
    with pytest.raises(TooOftenError, match="send at most 100 rows at once"):
        limits.more_rows("bob", "", 101)


def test_an_address_of_ipv6_counts_with_its_whole_network() -> None:
    limits = Limits(Access(address_per_minute=1), "films")
    taken = [limits.take("ann", f"2001:db8::{number}") for number in (1, 2)]
    assert [each is not None and each.refusal is None for each in taken] == [True, False]
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("x" * 500) == "x" * 64
