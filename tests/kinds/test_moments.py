"""A written date is read one at a time as a column of them is."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.kinds.date import dates_of
from ratchet.kinds.moments import moment_of

WRITTEN = """24-3-1|2024-3-1|2024-03-1|2024-3|2024-13|2024-02-30|2024-03-01T1:2|2024-03-01T1:2:3|2024-03-01 01:02:03.5
2024-03-01T01:02:03.1234567|2024-03-01T01:02:03.1234567899|2024-03-01T01:02:03.|2024-03-01T01:02:60|2024-03-01T24:00
2024-03-01T23:59:59.999999999|2024-03-01T01:02+02|2024-03-01T01:02+0230|2024-03-01T01:02:03+02:30|2024-03-01T01Z
2024-03-01T01:02:03 +02:30|2024-03-01T01:02:03-02:30|2024-03-01T01:02Z|2024-03-01T01:02z|2024-03-01 01:02 UTC
2024-03-01 01:02UTC|2024-03-01Z|2024/3/1|2024/3/1 5:06|31.12.2024|1.2.2024|1.2.24|1.2.2024 10:00|20240301|202403
1700000000|1700000000000|1700000000000000|1.7e9|-5|2024- 3-1|2024-3- 1| 2024-03-01 |+2024-03-01|12024-03-01
2024-03-01T|2024-03-01T 01:02|2024-03-01  01:02|2024-03-01T01: 02|0001-01-01|9999-12-31|99999999|19000101|21001231
21001232|20240230|1e20|1_000|2024-03-01T01:02:03,5|2024-03-01T01:02:03+2:30|2024-03-01T01:02:03+25:00|2024-W01
2024-03-01T01:02:03+02:60|2024-003-01|2024-03-001|2024-03-01T001:02|0x10|1,000|.5|5.|+5|True|03/04/2026|soon
2024-03-01T01:02:03.5+02|2024-03-01T01:02:03.5 +02:00|2024-03-01T01:02:3.5|2024/3-1|2024.03.01|10:00"""


def _read(text: str) -> int | None:
    try:
        return moment_of(text)
    except ValueError:
        return None


@pytest.mark.parametrize("text", WRITTEN.replace("\n", "|").split("|"))
def test_a_spelling_is_read_as_in_a_column(text: str) -> None:
    assert _read(text) == dates_of(pl.Series([text])).to_physical()[0]


@given(
    st.datetimes(min_value=datetime(1000, 1, 1)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d %H:%M", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f-0330"]),
)
def test_any_moment_is_read_as_in_a_column(moment: datetime, form: str) -> None:
    text = format(moment, form)
    assert _read(text) == dates_of(pl.Series([text])).to_physical()[0]
