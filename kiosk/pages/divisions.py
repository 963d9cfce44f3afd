"""The villages and communities of the service area, as a catalogue release lists them.

They are the choices of its address fields, so that there is one list for forms, enrolment and the
map of stations. Knows no terminals.
"""

from collections.abc import Mapping

from forms.definition import Text
from forms.release import Catalogue


def divisions(catalogue: Catalogue) -> Mapping[str, Text]:
    """Return their names by 12-digit division code, in the catalogue's order."""
    for item in catalogue.items.values():
        for section in item.sections:
            for field in section.fields:
                if field.answer == "address" and field.choices:
                    return {choice.code: choice.label for choice in field.choices}
    return {}
