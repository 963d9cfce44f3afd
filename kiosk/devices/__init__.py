"""The station's tablets: pairing, proof of being paired, and what each last said of itself.

Knows no operators and no cases: both stand on it. ``docs/tablets.md`` is the protocol.
"""
