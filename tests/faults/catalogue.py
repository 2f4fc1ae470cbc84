"""Every scenario there is, in the order of the page."""

from __future__ import annotations

from tests.faults import bundles, champions, crowds, databases, disks, floods, killed, power, requests, spools, work

SCENARIOS = (
    killed.killed_while_answering,
    killed.two_killed_by_turns,
    killed.terminated_while_answering,
    killed.worker_killed_while_answering,
    killed.keeper_killed_while_answering,
    champions.champion_swapped,
    databases.sqlite_locked,
    databases.postgresql_stopped,
    databases.postgresql_crashed,
    databases.postgresql_frozen,
    databases.sqlite_replaced,
    databases.segment_unreadable,
    databases.feedback_on_a_locked_database,
    spools.segments_deleted,
    spools.spool_deleted,
    spools.spool_moved,
    disks.disk_full_then_room,
    disks.disk_full_then_killed,
    disks.disk_full_then_terminated,
    power.power_cut_while_answering,
    requests.deep_rows,
    floods.headers_without_end,
    floods.feedback_without_end,
    floods.requests_without_reading,
    crowds.idle_connections,
    work.training_killed,
    work.ingest_killed,
    bundles.hostile_bundles,
)
