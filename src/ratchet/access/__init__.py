"""Who may do what: keys, roles, sessions, limits, the audit."""
