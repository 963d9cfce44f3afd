"""QR pictures made from a seed, and how many of them each way of reading reads.

`making` draws the pictures, `lens` is what happens to them on the way through air, glass and
sensor, `table` counts. The suite looks at a sample, `python -m tests.codes` at all.
"""
