"""Roles, each including those before it."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do.

    >>> Role.ADMIN.includes(Role.USER), Role.USER.includes(Role.LABELLER)
    (True, False)
    """

    USER = "user"
    """Ask for answers and explanations, see one's own, say what was right."""
    LABELLER = "labeller"
    """Label what the queue asks."""
    DEVELOPER = "developer"
    """Bring rows, train, read versions and logged answers, promote what the gate let through, roll back."""
    ADMIN = "admin"
    """Everything: keys, subjects, held-out rows, the audit, and what the gate refused, with a written reason."""

    def includes(self, other: Role) -> bool:
        """Whether who has this role may do what ``other`` may."""
        return _ORDER[self] >= _ORDER[other]


_ORDER = {role: place for place, role in enumerate(Role)}
