"""A table whose labels a rule made, from end to end: what its user must read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from tests.stories.scenes import Shell, quicken


def test_the_first_lines_say_that_a_rule_made_the_labels(shell: Shell, real_data: Callable[[str], Path]) -> None:
    source = real_data("uruti_transcripts.parquet")
    assert shell("init", source, "--label", "label").code == 0
    quicken(shell.folder)
    assert shell("ingest", source).code == 0

    checked = shell("check")
    assert checked.code == 1  # labels that follow a rule make the rows unfit
    first = "\n".join(line for line in checked.out.splitlines() if not line.startswith(" " * 8))
    _says_what_is_wrong(first.splitlines()[:5])

    trained = shell("train")
    assert trained.code in {0, 1}, trained.err
    assert "Traceback" not in trained.err
    shown = trained.out.splitlines()
    assert shown[0].startswith("Version 1")
    assert "always guessing Mission" in shown[1]  # whatever it says of the model, it says this beside it
    _says_what_is_wrong(shown[2:7])


def _says_what_is_wrong(lines: list[str]) -> None:
    assert "labels follow a one-word rule" in lines[0]
    for words in ('"mentor"', '"funding" or "investment"', '"build" or "idea"', "else Mission"):
        assert words in lines[0]
    together = "\n".join(lines[1:])
    assert "The class 'Mentorship Needed' has 3 rows" in together
    assert "591 of 26,061 rows (2.3 %) are repeated" in together
    assert "are empty" in together


def test_without_the_great_class_guessing_still_scores_91_percent(
    shell: Shell, real_data: Callable[[str], Path]
) -> None:
    few = shell.folder / "pitches.parquet"
    frame = pl.read_parquet(real_data("uruti_transcripts.parquet")).filter(pl.col("label") != "Mission")
    assert len(frame) == 264
    frame.write_parquet(few)
    assert shell("init", few, "--label", "label").code == 0
    quicken(shell.folder)
    assert shell("ingest", few).code == 0
    lines = [line for line in shell("check").out.splitlines() if not line.startswith(" " * 8)]
    assert any("Always guessing 'Needs Refinement' scores an accuracy of 0.91" in line for line in lines[:4])

    document = shell("train", "--json").document
    assert document["baselines"]["majority.v1"]["accuracy"]["value"] > 0.8
    assert "always guessing Needs Refinement" in document["summary"]
    assert any("0.91" in finding["sentence"] for finding in document["findings"][:4])
