"""Every scenario there is, in the order of the page."""

from __future__ import annotations

from tests.faults import killed

SCENARIOS = (
    killed.killed_while_answering,
    killed.two_killed_by_turns,
    killed.terminated_while_answering,
)
