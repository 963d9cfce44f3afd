"""The application: a self-service kiosk (role "terminal") and its centre (role "hall").

Stands on `sync` (how facts travel) and `forms` (what can be applied for). This file stays empty of
imports: the child process that decodes pictures starts through it and must stay small.
"""
