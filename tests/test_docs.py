"""The documentation says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.make import PAGES, REFERENCE
from ratchet.data.checks.catalogue import CHECKS
from ratchet.system import System
from ratchet.web.app import create

SPEC = 'name = "reviews"\nlabel = "y"\n[columns]\ntext = "text"\n[[candidates]]\nfamily = "linear.v1"\n'
OF_THE_SPEC = {"unread_columns"}
"""Findings that no check of the rows makes."""


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_what_make_docs_makes(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run make docs"


def test_each_check_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (REFERENCE / "checks.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted({check.__name__.removeprefix("check_") for check in CHECKS} | OF_THE_SPEC)


def test_each_route_has_its_row(tmp_path: Path) -> None:
    (tmp_path / "ratchet.toml").write_text(SPEC)
    with System.open(tmp_path, tracking_uri="off") as system:
        served = {
            re.sub(r"^/v1/(\{\w+\}|reviews)/", "", path): sorted(operations)
            for path, operations in create(system).openapi()["paths"].items()
        }
    page = (REFERENCE / "http.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(?:GET|POST) ([^` ]+)`", page))
    assert {re.sub(r"\{\w+\}", "{}", path).strip("/") for path in served} == {
        re.sub(r"\{\w+\}", "{}", path).strip("/") for path in told
    }
    assert served["predict"] == ["post"]
