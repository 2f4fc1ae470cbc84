from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet.clock import now
from ratchet.store.database import Database
from ratchet.store.tables import Moment, datasets

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=ZONES)


def test_tables_make_themselves_and_plain_sql_reads_them(database_url: str) -> None:
    manifest = {"label": "y", "rows": [1, 2]}
    with closing(Database.open(database_url)) as database:
        row = {"classifier": "films", "id": "d1", "parents": [], "rows": 2, "manifest": manifest, "created_at": now()}
        with database.begin() as connection:
            connection.execute(sa.insert(datasets), [row])
        with database.read() as connection:
            assert {"datasets", "runs", "versions", "predictions"} <= set(sa.inspect(connection).get_table_names())
            label = connection.scalar(sa.text("SELECT manifest ->> 'label' FROM datasets WHERE id = 'd1'"))
    assert label == "y"


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_moments_keep_their_place_and_their_order(database_url: str, moments: list[datetime]) -> None:
    table = sa.Table(
        "moments", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("at", Moment), prefixes=["TEMPORARY"]
    )
    with closing(Database.open(database_url)) as database, database.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"id": n, "at": at} for n, at in enumerate(moments)])
        found = list(connection.scalars(sa.select(table.c.at).order_by(table.c.at)))
        table.drop(connection)
    assert found == sorted(moments)
    assert all(each.tzinfo is UTC for each in found)
