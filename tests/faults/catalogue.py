"""Every scenario there is, in the order of the page."""

from __future__ import annotations

from tests.faults import bundles, champions, crowds, databases, disks, killed, work

SCENARIOS = (
    killed.killed_while_answering,
    killed.two_killed_by_turns,
    killed.terminated_while_answering,
    champions.champion_swapped,
    databases.sqlite_locked,
    databases.postgresql_stopped,
    databases.postgresql_crashed,
    disks.disk_full_then_room,
    disks.disk_full_then_killed,
    disks.disk_full_then_terminated,
    crowds.idle_connections,
    work.training_killed,
    work.ingest_killed,
    bundles.hostile_bundles,
)
