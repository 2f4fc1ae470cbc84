"""The champion, shown in the tracker's own registry."""

from __future__ import annotations

from ratchet.errors import RatchetError
from ratchet.registry.versions import Version
from ratchet.tracking.tracker import Tracker


def mirror(tracker: Tracker, classifier: str, version: Version) -> tuple[str, ...]:
    """Point the tracker's alias at the champion; one that is away is noted in a sentence and stops nothing."""
    if version.tracking_id is None:
        return ()
    try:
        tracker.champion(classifier, version.tracking_id, version.number)
    except RatchetError as error:
        return (f"The tracker's champion is not moved: {error.problem}",)
    return ()
