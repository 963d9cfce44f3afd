"""Carrying the exchange by hand, as both roles need it: reports, words, runs of codes.

Neighbours: `sync.carrier` and `sync.outbox` are what is carried, `kiosk.hall.carried` takes it in.
"""
