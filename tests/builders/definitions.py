"""The catalogue as its authors wrote it, read once for each test process: it takes a second.

Neighbour: `forms.catalogue` reads it; who changes definitions reads a copy of its own.
"""

from functools import cache

from forms import catalogue
from forms.release import Catalogue


@cache
def written() -> Catalogue:
    return catalogue.load()
