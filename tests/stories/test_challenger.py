"""What a person asks of the evidence on the command line, and a version that waits for that person's word."""

from __future__ import annotations

from pathlib import Path

from tests.stories.scenes import OF_A_TEST, Shell, quicken


def allow(folder: Path, **limits: float) -> None:
    """Write limits of cost into a drafted ratchet.toml."""
    path = folder / "ratchet.toml"
    wanted = "\n".join(f"{name} = {value}" for name, value in limits.items())
    path.write_text(path.read_text().replace("[gate]", f"[gate]\n{wanted}\n#", 1))


def test_a_challenger_waits_until_it_is_promoted(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(shell.folder)
    left = shell("train", table, "--stage")
    assert left.code == 0, left.err
    assert "Version 1 (" in left.out
    assert "challenger), judged on" in left.out
    assert "Version 1 is a challenger: ratchet promote 1 makes it champion." in left.err
    document = shell("show", "1", "--json").document
    assert (document["stage"], document["champion"], document["decision"]["outcome"]) == (
        "challenger",
        False,
        "promote",
    )

    families = [each["family"] for each in document["candidates"]]
    assert sorted(families) == sorted(OF_A_TEST)
    (chosen,) = [each for each in document["candidates"] if each["chosen"]]
    assert (chosen["family"], chosen["score"]["value"]) == (document["family"], document["search_score"])
    assert sum(each["trials"] for each in document["candidates"]) == len(document["trials"])
    shown = shell("show", "1", "--families")
    for each in document["candidates"]:
        score = each["score"]
        (line,) = [line for line in shown.out.splitlines() if line.strip().startswith(each["family"])]
        assert ("chosen" in line) == each["chosen"]
        if score is None:
            assert "no score" in line
            continue
        assert score["low"] < score["value"] < score["high"]
        assert f"{score['value']:.3f} ({score['low']:.3f} to {score['high']:.3f})" in line
    assert sum(each["seconds"] for each in document["candidates"]) > 0
    assert document["train_seconds"] > 0
    assert ", trained in " in shown.out

    assert shell("promote", "1").code == 0
    assert "champion), judged on" in shell("show").out
    assert shell("show", "1", "--json").document["stage"] == "champion"


def test_a_slow_and_a_large_candidate_is_held_with_the_numbers(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(shell.folder)
    allow(shell.folder, p99_ms=0.0001, bundle_mb=0.0001)
    held = shell("train", table, "--json")
    assert held.code == 1, held.err
    checks = {each["rule"]: each for each in held.document["decision"]["checks"]}
    for rule, name, unit in (("latency", "p99_ms", "ms"), ("size", "bundle_mb", "MB")):
        cost = held.document["cost"][name]
        assert (checks[rule]["passed"], checks[rule]["numbers"]["value"]) == (False, cost)
        assert f"{cost:.3g} {unit}" in checks[rule]["sentence"]
        assert f"0.0001 {unit} are allowed" in checks[rule]["sentence"]
    assert held.document["decision"]["outcome"] == "hold"
    assert held.document["stage"] == "held"
    assert "are allowed" in shell("show").out
    assert "no champion" in shell("predict", table, "-o", shell.folder / "answers.csv").err
