"""Approvals of construction projects: known, in order, and inside the limits of their stages.

Looks at files of `forms/construction` whose shape is right. Must not write, and must not change a
number to fit: what does not fit is told. Neighbours: `forms.approvals` is what the files become.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.approvals import WHOLE_LIMIT, Stage, decode_construction
from forms.source import Problem, SourceFile


def check_approvals(files: Mapping[str, SourceFile]) -> list[Problem]:
    """Return the problems of the files of `forms/construction`, one stage each."""
    ordered = sorted(files.values(), key=_number)
    found = [*_stages(ordered), *_codes(ordered)]
    found = found or [*_predecessors(ordered)]
    # Days can only be added up along an order that has a beginning.
    return found or [*_circles(ordered)] or [*_limits(ordered)]


def approval_codes(files: Mapping[str, SourceFile]) -> frozenset[str]:
    """Return the codes of all approvals."""
    return frozenset(entry["code"] for file in files.values() for entry in _entries(file))


def _number(file: SourceFile) -> int:
    value: Any = file.value
    number: int = value["number"]
    return number


def _entries(file: SourceFile) -> list[dict[str, Any]]:
    value: Any = file.value
    entries: list[dict[str, Any]] = value["approvals"]
    return entries


def _stages(files: Sequence[SourceFile]) -> Iterator[Problem]:
    for place, file in enumerate(files, start=1):
        if _number(file) != place:
            reason = f"the stages are numbered from 1; this should be {place}"
            yield file.problem(reason, "number")


def _codes(files: Sequence[SourceFile]) -> Iterator[Problem]:
    known: dict[str, str] = {}
    for file in files:
        for number, entry in enumerate(_entries(file)):
            code = entry["code"]
            if code in known:
                reason = f"the code {code} is already used in {known[code]}"
                yield file.problem(reason, "approvals", number, "code")
            known.setdefault(code, file.file)


def _predecessors(files: Sequence[SourceFile]) -> Iterator[Problem]:
    stages = {entry["code"]: _number(file) for file in files for entry in _entries(file)}
    for file in files:
        for number, entry in enumerate(_entries(file)):
            for place, code in enumerate(entry["predecessors"]):
                path = ("approvals", number, "predecessors", place)
                if code not in stages:
                    yield file.problem(f"there is no approval {code} to wait for", *path)
                elif stages[code] > _number(file):
                    reason = f"{entry['code']} cannot wait for {code}, which is of a later stage"
                    yield file.problem(reason, *path)


def _circles(files: Sequence[SourceFile]) -> Iterator[Problem]:
    """Yield every approval that waits for itself in the end."""
    waits = {entry["code"]: entry["predecessors"] for file in files for entry in _entries(file)}
    for file in files:
        for number, entry in enumerate(_entries(file)):
            if entry["code"] in _before(entry["code"], waits):
                reason = f"{entry['code']} waits for itself in the end"
                yield file.problem(reason, "approvals", number, "predecessors")


def _before(code: str, waits: Mapping[str, list[str]]) -> set[str]:
    met: set[str] = set()
    open_ = list(waits[code])
    while open_:
        code = open_.pop()
        if code not in met:
            met.add(code)
            open_.extend(waits[code])
    return met


def _limits(files: Sequence[SourceFile]) -> Iterator[Problem]:
    stages = [_stage(file) for file in files]
    for file, stage in zip(files, stages, strict=True):
        if stage.longest > stage.limit:
            reason = f"the longest chain takes {stage.longest} working days, over {stage.limit}"
            yield file.problem(reason, "limit")
    whole = sum(stage.limit for stage in stages)
    if whole > WHOLE_LIMIT:
        reason = f"the limits of the stages add up to {whole} working days, over {WHOLE_LIMIT}"
        yield files[-1].problem(reason, "limit")


def _stage(file: SourceFile) -> Stage:
    value: Any = file.value
    return decode_construction([value]).stages[0]
