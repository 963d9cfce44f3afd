"""How facts travel between a terminal and the hall.

The package knows SQLAlchemy sessions, RQ and marshmallow, but no Flask and
nothing of ``kiosk`` or ``forms``: bodies of entries are opaque bytes here.
``docs/sync-protocol.md`` is the normative text for everything in it.
"""
