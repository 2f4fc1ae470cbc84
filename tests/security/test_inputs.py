"""What comes from outside can write nothing, lead nowhere and end no line."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

import ratchet
from ratchet.data.readers.read import read
from ratchet.errors import DataError
from ratchet.serving.output import defused
from ratchet.web.asgi import asked
from tests.stories.scenes import loans


@pytest.fixture
def rows(database_url: str) -> str:
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table rows (n integer)"))
        connection.execute(sa.text("insert into rows values (1), (2)"))
    engine.dispose()
    return database_url


def _asked(url: str, query: str) -> Any:
    return list(read(f"{url}{'&' if '?' in url else '?'}query={query}"))


def _count(url: str) -> int:
    return int(_asked(url, "select count(*) as n from rows")[0].frame["n"][0])


@pytest.mark.parametrize(
    "query",
    [
        "delete from rows returning n",
        "with gone as (delete from rows returning n) select * from gone",
        "select 1 as a; delete from rows",
        "select 1 as a; commit; delete from rows; select 1 as a",
        "select $$'$$ as a; commit; delete from rows; select '1' as a",
        "select 1 as a /* ' */; commit; delete from rows; --'",
        "select E'\\'' as a; commit; delete from rows; select ' as a",
        "drop table rows",
        "insert into rows values (3) returning n",
        "pragma query_only = off",
        "vacuum into '/tmp/elsewhere.db'",
        "attach 'elsewhere.db' as b",
        "copy rows to program 'id'",
        "set transaction read write",
    ],
)
def test_a_query_writes_nothing(rows: str, query: str) -> None:
    with pytest.raises(DataError):
        _asked(rows, query)
    assert _count(rows) == 2


def test_the_name_of_a_table_is_no_statement(rows: str) -> None:
    mark = "&" if "?" in rows else "?"
    with pytest.raises(DataError):
        list(read(f"{rows}{mark}table=rows; delete from rows"))
    with pytest.raises(DataError):
        list(read(f'{rows}{mark}table=rows" where 1=1; delete from "rows'))
    assert _count(rows) == 2


def test_what_a_spreadsheet_would_run_is_text_and_numbers_stay_numbers() -> None:
    harmful = ["=1+1", "=HYPERLINK(1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1"]
    harmless = ["-5", "+3.5", "-1e-7", "-", "+", "a=b", "5%", "-12 %", "", None]
    frame = defused(pl.DataFrame({"t": [*harmful, *harmless], "n": [-1.5] * 17}))
    assert frame["t"].to_list() == [*("'" + each for each in harmful), *harmless]
    assert frame["n"].to_list() == [-1.5] * 17


def test_a_request_ends_no_line_of_the_log() -> None:
    shown = asked({"method": "GET", "path": "/v1/x\n2026-01-01 ERROR all is lost\r\x1b[2J\u2028"})
    assert re.search(r"[\x00-\x1f\x7f\u2028\u2029\x85]", shown) is None


_UP = ("..", "%2e%2e", "..%2f..", "%2e%2e%2f%2e%2e", "..%5c..", "%252e%252e", "....//", "%00", "a%00b", "~root")
_ROUTES = (
    "/v1/{}/info", "/v1/loans/versions/{}/scorecard", "/versions/{}/scorecard", "/runs/{}", "/v1/{}/etc/passwd", "/{}",
    "/v1/loans/runs/{}", "/static/{}/etc/passwd",
)  # fmt: skip


def test_no_path_leaves_the_workspace(tmp_path: Path, served: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    root = tmp_path / "loans"
    root.mkdir()
    ratchet.init(loans(100), "outcome", root=root)
    with ratchet.open(root, tracking_uri="off") as classifier, served(classifier) as client:
        before = sorted(each for each in tmp_path.rglob("*") if "spool" not in each.parts)
        # as it is written here: httpx would tidy a path with .. before it is sent
        with closing(http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)) as raw:
            for route, up in product(_ROUTES, _UP):
                for name in (up, f"{up}/{up}/secret.txt", f"{up}%2fsecret.txt", str(secret).replace("/", "%2f")):
                    raw.request("GET", route.format(name))
                    answer = raw.getresponse()
                    text = answer.read()
                    assert 400 <= answer.status < 500 or answer.status == 503, (route, name, text)
                    assert b"the secret" not in text
        assert sorted(each for each in tmp_path.rglob("*") if "spool" not in each.parts) == before


@pytest.mark.parametrize("number", ["..", "../..", "/etc/passwd", "1/../..", "\x00", "1\n2", "%2e%2e"])
def test_no_name_of_a_version_leaves_the_workspace(tmp_path: Path, number: str) -> None:
    ratchet.init(loans(100), "outcome", root=tmp_path)
    with ratchet.open(tmp_path, tracking_uri="off") as classifier, pytest.raises(ratchet.RatchetError):
        classifier.show(number)
