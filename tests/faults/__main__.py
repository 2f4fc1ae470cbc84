"""Attack what is promised, many times, and tell what was counted.

    python -m tests.faults [NAME ...] [--rounds N] [--write]

``--rounds`` takes the place of each scenario's own number.  ``--write`` puts what was counted into
``docs/reliability.md``; rows of scenarios that were not run stay as they are.  Exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.page import put, taken
from tests.faults.catalogue import SCENARIOS
from tests.faults.scenario import Counts, MissingError, Scenario
from tests.faults.workspaces import Workspaces

PART = "faults"
HEAD = (
    "| scenario | promised | attacked by | tried | answered | logged | lost | twice | failed |\n"
    "|---|---|---|---:|---:|---:|---:|---:|---:|"
)


def main(arguments: Sequence[str] | None = None) -> int:
    names = [each.name for each in SCENARIOS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *names], metavar="NAME", help=", ".join(names))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    broken = []
    with tempfile.TemporaryDirectory(prefix="ratchet-faults-", ignore_cleanup_errors=True) as folder:
        for each in SCENARIOS:
            if not options.names or each.name in options.names:
                if not attack(each, Workspaces(Path(folder) / each.name), options.rounds or each.many, options.write):
                    broken.append(each.name)
                shutil.rmtree(Path(folder) / each.name, ignore_errors=True)
    print(f"not kept: {', '.join(broken)}" if broken else "what was tried was kept", file=sys.stderr)
    return 1 if broken else 0


def attack(scenario: Scenario, workspaces: Workspaces, rounds: int, write: bool) -> bool:
    """Tell what was counted; False if the promise was broken."""
    try:
        counts = scenario.run(workspaces, rounds)
    except MissingError as missing:
        print(f"{scenario.name} was not tried: {missing}", file=sys.stderr)
        return True
    except AssertionError as error:
        print(f"{scenario.name}: {error}", file=sys.stderr)
        return False
    print(row(scenario, counts), flush=True)
    if write:
        put(PART, merged(taken(PART), scenario, counts))
    return counts.kept


def row(scenario: Scenario, counts: Counts) -> str:
    """One row of the table."""
    numbers = (counts.tried, counts.answered, counts.logged, counts.lost, counts.twice, counts.failed)
    told = " | ".join(f"{each:,}" for each in numbers)
    return f"| {name(scenario)} | {scenario.promise} | {scenario.attack} | {told} |"


def name(scenario: Scenario) -> str:
    """What the table calls it."""
    return f"`{scenario.name}`"


def merged(table: str, scenario: Scenario, counts: Counts) -> str:
    """The table with the row of one scenario new, in the order of the catalogue; rows of no scenario go."""
    found = {line.split(" | ")[0].strip("| "): line for line in table.splitlines()}
    found[name(scenario)] = row(scenario, counts)
    return "\n".join([HEAD, *(found[name(each)] for each in SCENARIOS if name(each) in found)])


if __name__ == "__main__":
    sys.exit(main())
