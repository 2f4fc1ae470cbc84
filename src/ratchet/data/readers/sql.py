"""Tables and queries of a database, by URL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import polars as pl
import sqlalchemy as sa

from ratchet.data.readers.batch import Batch, cut, without_bad_cells
from ratchet.data.readers.csv import column_names
from ratchet.data.readers.values import series_of
from ratchet.errors import DataError, MissingExtraError
from ratchet.store.sqlite import quoted
from ratchet.words import redacted

_ANSWER_WITHIN = 10
"""Seconds a PostgreSQL server may take to let us in."""
_READS = re.compile(r"[\s(]*(?:select|with|values|table)\b", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ODD = re.compile(r"\$|\\|--|/\*")
_EXAMPLE = "sqlite:///file.db?table=rows, or postgresql://user@host/base?query=select ..."


def is_sql(source: str) -> bool:
    """Whether a source names a database."""
    return source.split("://", 1)[0].split("+", 1)[0] in {"sqlite", "postgresql", "postgres"} and "://" in source


def read_sql(source: str, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of ``URL?table=name`` or ``URL?query=select ...`` (everything behind ``query=`` is the query).

    Rows are streamed from the server and nothing can be written: the file is opened for reading, or the transaction
    reads only.  Raises `DataError` where the database, the table or the
    query is no good.
    """
    url, statement = _parsed(source)
    origin = redacted(url.render_as_string(hide_password=True))
    engine = _engine(url)
    try:
        options = {"stream_results": True, "max_row_buffer": batch_rows, "postgresql_readonly": True}
        with engine.connect().execution_options(**options) as connection:
            result = connection.execute(statement)
            names = column_names(list(result.keys()), origin)
            row = 1
            while rows := result.fetchmany(batch_rows):
                columns = zip(*rows, strict=True)
                frame = pl.DataFrame([series_of(name, values) for name, values in zip(names, columns, strict=True)])
                numbers = np.arange(row, row + len(rows))
                frame, bad = without_bad_cells(frame, numbers, origin=origin, max_cell=max_cell)
                yield from cut(frame, bad, first_row=row, origin=origin, batch_rows=batch_rows)
                row += len(rows)
            connection.rollback()
    except sa.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise DataError(
            f"{origin} cannot be read: {redacted(reason)}", todo="check the address, the table and the query"
        ) from None
    finally:
        engine.dispose()
    if row == 1:
        raise DataError(f"{origin} gives no rows", todo="check the table or the query")


def origin_of_sql(source: str) -> str:
    """The address of a source without its password."""
    return redacted(_parsed(source)[0].render_as_string(hide_password=True))


def _parsed(source: str) -> tuple[sa.URL, sa.Executable]:
    base, _, parameters = source.partition("?")
    kept: list[str] = []
    statement: sa.Executable | None = None
    while parameters and statement is None:
        if parameters.startswith("query="):
            query = _one_select(unquote(parameters.removeprefix("query=")))
            statement = sa.text(query.replace(":", "\\:"))
            break
        each, _, parameters = parameters.partition("&")
        if each.startswith("table="):
            schema, _, table = unquote(each.removeprefix("table=")).rpartition(".")
            statement = sa.select(sa.text("*")).select_from(sa.table(table, schema=schema or None))
            kept += [parameters] if parameters else []
        else:
            kept.append(each)
    if statement is None:
        raise DataError(
            f"{redacted(source)} says neither which table nor which query to read", todo=f"write {_EXAMPLE}"
        )
    try:
        url = sa.make_url(base + ("?" + "&".join(kept) if kept else ""))
    except sa.exc.ArgumentError:
        raise DataError(f"{redacted(source)} is no database address", todo=f"write {_EXAMPLE}") from None
    if "@" in (url.host or ""):
        raise DataError(f"{redacted(source)} has two @ in it", todo="write an @ that is part of the password as %40")
    return url, statement


def _one_select(query: str) -> str:
    """A query that is one statement and only reads; raises `DataError` for others.

    What a server might take for a string and we would not, or the other way round, may hold no ``;`` at all.

    >>> _one_select("select ';' as a from rows;")
    "select ';' as a from rows"
    """
    query = query.strip().removesuffix(";")
    outside = query if _ODD.search(query) else _QUOTED.sub("", query)
    if ";" in outside or not _READS.match(query):
        raise DataError(
            "a query that is more than one select is not asked",
            todo="write one select (or with ... select) after query=",
        )
    return query


def _engine(url: sa.URL) -> sa.Engine:
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
        raise DataError(f"there is no database file {url.database}", todo="check the path behind sqlite:///")
    try:
        waiting = url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query
        engine = sa.create_engine(url, connect_args={"connect_timeout": _ANSWER_WITHIN} if waiting else {})
    except ModuleNotFoundError:
        raise MissingExtraError("reading rows from PostgreSQL", "postgres") from None
    if url.get_backend_name() == "sqlite":
        sa.event.listen(engine, "do_connect", _for_reading)
    return engine


def _for_reading(_dialect: Any, _record: Any, args: list[Any], named: dict[str, Any]) -> None:
    """Have SQLite open a file for reading only; not as ``immutable``, since others may write to it meanwhile."""
    args[0], named["uri"] = f"file:{quoted(Path(args[0]))}?mode=ro", True
