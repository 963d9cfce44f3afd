"""The peer for `peer_morango_rate`: a small Django project, run by a Python that has Morango.

It is copied into a temporary folder and runs there; nothing of ours imports it.
"""
