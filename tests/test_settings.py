"""Settings that will not do are told in words."""

from __future__ import annotations

import pytest

from ratchet.errors import SettingsError
from ratchet.settings import OTHERS, Settings, misspelt


def test_every_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATCHET_PORT", "abc")
    monkeypatch.setenv("RATCHET_ENGINE", "steam")
    with pytest.raises(SettingsError) as caught:
        Settings()
    found = {problem.where.split()[0]: problem.found for problem in caught.value.problems}
    assert found == {"RATCHET_PORT": "'abc'", "RATCHET_ENGINE": "'steam'"}


@pytest.mark.parametrize("outbound", ["10.0.0.0/33", "a b", "http://hooks", "1.2.3", "x..y"])
def test_what_may_be_reached_is_networks_and_names(outbound: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(outbound=outbound)
    assert "networks and names of hosts" in str(caught.value)
    assert Settings(outbound="10.0.0.0/8, fd00::/8, Hooks.internal").outbound


def test_a_webhook_is_an_address_with_a_secret() -> None:
    secret = "a long random text"
    assert Settings(audit_webhook="https://hooks.example/x?y", webhook_secret=secret).audit_webhook is not None
    for url in ("ftp://h/", "hooks.example", "http:///x", "http://ann:pw@h/", "http://h:99999/", "http://h/a b", ""):
        with pytest.raises(SettingsError) as caught:
            Settings(audit_webhook=url, webhook_secret=secret)
        (problem,) = caught.value.problems
        assert problem.where.startswith("RATCHET_AUDIT_WEBHOOK")
        assert url == "" or url not in str(caught.value)


@pytest.mark.parametrize(("secret", "named"), [(None, "AUDIT_WEBHOOK"), ("fifteen letters", "WEBHOOK_SECRET")])
def test_a_webhook_without_a_good_secret_is_refused_once(secret: str | None, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(audit_webhook="https://hooks.example/path-key", webhook_secret=secret)
    (problem,) = caught.value.problems
    assert problem.where.startswith(f"RATCHET_{named} ")
    assert "path-key" not in str(caught.value)
    assert "fifteen" not in str(caught.value)


def test_a_misspelt_keyword_is_not_passed_over() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(databse_url="sqlite:///x.db")
    assert "databse_url" in str(caught.value.problems)


def test_variables_of_others_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATCHET_DATA", "/somewhere")
    monkeypatch.setenv("RATCHET_WORKERS", "3")
    assert Settings().workers == 3


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("RATCHET_PROT", "RATCHET_PORT"),
        ("RATCHET_DATABASE_URI", "RATCHET_DATABASE_URL"),
        ("ratchet_worker", "RATCHET_WORKERS"),
        ("RATCHETPORT", "RATCHET_PORT"),
    ],
)
def test_a_misspelt_variable_is_told(name: str, meant: str) -> None:
    assert misspelt([name]) == [f"{name} is no setting: did you mean {meant}?"]


def test_settings_and_variables_of_others_are_not_told() -> None:
    known = [f"RATCHET_{name.upper()}" for name in Settings.model_fields]
    assert misspelt([*known, *OTHERS, "RATCHET_DATA", "RATCHETING", "HOME"]) == []


def test_a_number_that_is_none_is_told_with_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATCHET_PORT", "abc")
    monkeypatch.setenv("RATCHET_WORKERS", "0")
    with pytest.raises(SettingsError) as caught:
        Settings()
    expected = {each.where.partition(" ")[0]: each.expected for each in caught.value.problems}
    assert expected == {
        "RATCHET_PORT": "a whole number from 0 to 65535",
        "RATCHET_WORKERS": "a whole number from 1",
    }
