"""Which of the centre's reasons speak of which question or paper, by the names they use. Pure.

A clerk writes reasons in plain words, one to a line. A line that has the label of a question in it,
or a part of the name of a paper, is shown beside that; every line stands above the whole too.
"""

import re
from collections.abc import Sequence

from forms.definition import Text

#: Names of papers join several: 收入证明或工资流水, income or salary records.
_JOINTS = re.compile(r"或者|或|和|及|、|/|（|）|\(|\)|，|,| or | and ")
#: A shorter part would be in every second sentence.
_LEAST_ZH, _LEAST_EN = 3, 6


def concerning(reasons: Sequence[str], name: Text) -> tuple[str, ...]:
    """Return the reasons that speak of what has this name, in either language."""
    wanted = {name.zh, name.en.lower()}
    wanted |= {part for part in _JOINTS.split(name.zh) if len(part) >= _LEAST_ZH}
    wanted |= {p for p in _JOINTS.split(name.en.lower()) if len(p.strip()) >= _LEAST_EN}
    return tuple(
        reason for reason in reasons if any(part.strip() in reason.lower() for part in wanted)
    )
