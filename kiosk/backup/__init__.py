"""Backups of a machine, what they are locked with, and how a machine comes back from one.

``making`` writes one, ``restoring`` brings it back, ``drilling`` tries that; ``vault`` is the
folder they lie in, ``manifest`` what each says of itself. ADR 28 says why they look so.
"""
