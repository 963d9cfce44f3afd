"""The approvals of a construction project by stage (工程建设项目审批), and how long they take.

Must not know YAML or files. Neighbours: `definition` has the texts, `helping` the help items that
lead here, `forms.checks.approvals` holds stages to their limits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from forms.decoding import decode_text
from forms.definition import Text

Relation = Literal["serial", "parallel"]

#: From land to completion a project takes at most so many working days, as the town promises.
WHOLE_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval. Only `counted` working days run against the limit of its stage.

    `predecessors` are codes of approvals to have first, of this stage or an earlier one.
    """

    code: str
    name: Text
    department: Text
    relation: Relation
    predecessors: tuple[str, ...]
    working_days: int
    counted: bool
    note: Text


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the four stages; `limit` is in working days."""

    number: int
    name: Text
    limit: int
    approvals: tuple[Approval, ...]
    provenance: Text

    @property
    def longest(self) -> int:
        """The counted working days of the longest chain of approvals in this stage."""
        return max(finished_after(self.approvals).values(), default=0)


@dataclass(frozen=True, slots=True)
class Construction:
    """The stages of a construction project, in order."""

    stages: tuple[Stage, ...] = ()

    def approval(self, code: str) -> Approval:
        """Return the approval of that code; raises KeyError when there is none."""
        for stage in self.stages:
            for approval in stage.approvals:
                if approval.code == code:
                    return approval
        raise KeyError(code)


def finished_after(approvals: Sequence[Approval]) -> dict[str, int]:
    """Return for each code after how many counted working days of its stage it is there.

    Predecessors outside `approvals` are there already. The approvals must not wait for each other
    in a circle.
    """
    by_code = {approval.code: approval for approval in approvals}
    finished: dict[str, int] = {}

    def finish(approval: Approval) -> int:
        if approval.code not in finished:
            before = (by_code[code] for code in approval.predecessors if code in by_code)
            days = approval.working_days if approval.counted else 0
            finished[approval.code] = days + max(map(finish, before), default=0)
        return finished[approval.code]

    for approval in approvals:
        finish(approval)
    return finished


def decode_construction(documents: Sequence[Mapping[str, Any]]) -> Construction:
    """Return the stages that documents of `forms/construction` describe, in order of number.

    Trusts its input, as `decoding` does.
    """
    stages = [
        Stage(
            number=document["number"],
            name=decode_text(document["name"]),
            limit=document["limit"],
            approvals=tuple(_approval(entry) for entry in document["approvals"]),
            provenance=decode_text(document["provenance"]),
        )
        for document in documents
    ]
    return Construction(tuple(sorted(stages, key=lambda stage: stage.number)))


def _approval(document: Mapping[str, Any]) -> Approval:
    return Approval(
        code=document["code"],
        name=decode_text(document["name"]),
        department=decode_text(document["department"]),
        relation=document["relation"],
        predecessors=tuple(document["predecessors"]),
        working_days=document["working_days"],
        counted=document["counted"],
        note=decode_text(document["note"]),
    )
