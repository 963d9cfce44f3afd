"""Many terminals and one hall in one process, with a clock, a line and a disk that are made up.

The code of the exchange and of the cases is the product's own; ``docs/simulation.md`` says what is
real and what is not. One seed tells one story, always the same.
"""
