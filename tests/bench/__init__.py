"""Figures of speed and size, measured on real processes; `python -m tests.bench [NAME...]`.

Prints one JSON line per figure. Nothing here is a test and no figure fails a build: a machine that
does something else at the same time would make them lie. `docs/performance.md` says what each
figure means. Neighbours: the processes are those of `kiosk.cli`.
"""
