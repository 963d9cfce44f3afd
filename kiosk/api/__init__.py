"""What both roles' HTTP APIs share: problem details, items, sessions, health, metrics.

The endpoints of one role lie in ``kiosk.terminal.api`` and ``kiosk.hall.api``.
"""
