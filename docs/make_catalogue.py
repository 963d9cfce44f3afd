"""Writes docs/catalogue.md: what each service item asks, counted, and the help there is for it.

Run it after a change below ``forms/items``, ``forms/help`` or ``forms/construction``:
``.venv/bin/python docs/make_catalogue.py``; a guard test fails while the page is out of date.
"""

from pathlib import Path

from forms import catalogue
from forms.approvals import Stage, finished_after
from forms.definition import ServiceItem
from forms.helping import DOMAINS, HelpItem

TARGET = Path(__file__).resolve().parent / "catalogue.md"
HEAD = """# The catalogue in figures

Made by `docs/make_catalogue.py` from `forms/`; do not edit. *Own fields* are those of sections
that are not a shared group, *rules* are visibility, requirement and check rules of fields, sections
and materials, *conditional* materials are asked for only when a rule says so, *samples* are passing
and failing ones.

| code | item | own fields | rules | materials | conditional | deferrable | samples |
|---|---|---:|---:|---:|---:|---:|---:|
"""
HELP = """
## Help items

The help service (帮代办) from `forms/help`. *Linked* is the service item or, for investment, the
approval that the help is for.

| code | help item | domain | linked | features |
|---|---|---|---|---|
"""
CONSTRUCTION = """
## Approvals of a construction project

From `forms/construction`. *Days* are counted working days, *there after* is on which of its stage
an approval is there when all before it took their time.

Limits: {limits}; the longest chains: {longest}.

| stage | code | approval | relation | after | days | there after |
|---:|---|---|---|---|---:|---:|
"""


def page() -> str:
    """Return the whole page."""
    loaded = catalogue.load()
    items = [_row(item) for item in sorted(loaded.items.values(), key=lambda item: item.code)]
    helped = [_help_row(item) for item in loaded.help_items.items.values()]
    stages = loaded.construction.stages
    construction = CONSTRUCTION.format(
        limits=_sum([stage.limit for stage in stages]),
        longest=_sum([stage.longest for stage in stages]),
    )
    approvals = [row for stage in stages for row in _approval_rows(stage)]
    parts = ((HEAD, items), (HELP, helped), (construction, approvals))
    return "".join(head + "\n".join(rows) + "\n" for head, rows in parts)


def _sum(days: list[int]) -> str:
    return f"{' + '.join(map(str, days))} = {sum(days)} working days"


def _help_row(item: HelpItem) -> str:
    features = "、".join(feature.label.zh for feature in item.features)
    cells = (item.code, item.name.zh, DOMAINS[item.domain].zh, item.linked, features)
    return f"| {' | '.join(cells)} |"


def _approval_rows(stage: Stage) -> list[str]:
    finished = finished_after(stage.approvals)
    return [
        f"| {stage.number} | {approval.code} | {approval.name.zh} | {approval.relation} | "
        f"{', '.join(approval.predecessors) or '–'} | "
        f"{approval.working_days if approval.counted else 'not counted'} | "
        f"{finished[approval.code]} |"
        for approval in stage.approvals
    ]


def _row(item: ServiceItem) -> str:
    own = sum(len(section.fields) for section in item.sections if section.shared is None)
    passing = sum(not sample.expect for sample in item.samples)
    cells = [
        item.code,
        item.name.zh,
        own,
        _rules(item),
        len(item.requirements),
        sum(requirement.when is not None for requirement in item.requirements),
        sum(requirement.deferrable for requirement in item.requirements),
        f"{passing} + {len(item.samples) - passing}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _rules(item: ServiceItem) -> int:
    count = sum(requirement.when is not None for requirement in item.requirements)
    for section in item.sections:
        count += (section.visible is not None) + len(section.checks)
        for field in section.fields:
            count += (field.visible is not None) + len(field.checks)
            count += not isinstance(field.required, bool)
    return count


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
