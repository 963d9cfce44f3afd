"""The names that questions have in an XLSForm, and what rules must know of them.

`${name}` must be unique in the whole form, ids only are in their section: so the name is
`section_field`, numbered when two of them meet. Must not know XPath. Neighbours: `expressions`
and `rows` look names up here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MATERIALS = "materials"
COMMITMENT = "commitment"
SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Node:
    """A question: its name in the form, its answer type and its section."""

    name: str
    answer: str
    section: str


@dataclass(slots=True)
class Nodes:
    """The questions of an item by dotted path ("family.size"), and names for all else."""

    by_path: dict[str, Node] = field(default_factory=dict)
    repeats: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)

    def name(self, *parts: str) -> str:
        """Return a name made of `parts` that nothing else has, and keep it."""
        wanted = "_".join(parts)
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name


def nodes_of(document: Mapping[str, Any]) -> Nodes:
    """Return the names of an expanded item; the same item always gives the same names."""
    nodes = Nodes()
    nodes.taken.update((MATERIALS, COMMITMENT, SIGNATURE, "meta"))
    nodes.taken.update(section["id"] for section in document["sections"])
    for section in document["sections"]:
        if section.get("repeat"):
            nodes.repeats.add(section["id"])
        for asked in section["fields"]:
            name = nodes.name(section["id"], asked["id"])
            nodes.by_path[f"{section['id']}.{asked['id']}"] = Node(
                name, asked["answer"], section["id"]
            )
    return nodes
