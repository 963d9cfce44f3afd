"""The departments that the catalogue names, by their Chinese name. Knows no case and no operator.

Neighbours: `desk` narrows its list to one, `passing` sends a case to one.
"""

from forms.definition import Text
from forms.release import Catalogue


def departments(catalogue: Catalogue) -> dict[str, Text]:
    """Return every department of an item, in the order of their names."""
    named = {item.department.zh: item.department for item in catalogue.items.values()}
    return {name: named[name] for name in sorted(named)}
