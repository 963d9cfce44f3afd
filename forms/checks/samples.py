"""Do an item's samples show what it says? Each is judged, and together they reach every rule.

A passing sample must show every question and every conditional material; a failing one must show
every check. Must not know files. Neighbours: `forms.schema` is the judge.
"""

from collections.abc import Iterator, Mapping

from forms.decoding import ChoiceLists, decode_item
from forms.definition import Sample, Section, ServiceItem
from forms.expansion import Expanded
from forms.schema import (
    InvalidAnswers,
    required_requirements,
    validate,
    visible_fields,
    visible_sections,
)
from forms.source import Problem


def check_samples(item: Expanded, lists: ChoiceLists) -> Iterator[Problem]:
    """Yield every sample that is judged otherwise than it says, and every rule none reaches."""
    service_item = decode_item(item.document, lists)
    names: set[str] = set()
    for number, sample in enumerate(service_item.samples):
        if sample.name in names:
            yield item.problem(f"the sample '{sample.name}' is given twice", "samples", number)
        names.add(sample.name)
        found = refusals(service_item, sample)
        if set(found) != set(sample.expect):
            told = ", ".join(f"{path}: {code}" for path, code in found) or "nothing refused"
            yield item.problem(f"the sample '{sample.name}' gives: {told}", "samples", number)
    passing = [sample for sample in service_item.samples if not sample.expect]
    failing = [sample for sample in service_item.samples if sample.expect]
    if not passing:
        yield item.problem("the item has no passing sample", "samples")
    if not failing:
        yield item.problem("the item has no failing sample", "samples")
    yield from _unshown(item, service_item, passing)
    yield from _untried(item, service_item, failing)


def refusals(item: ServiceItem, sample: Sample) -> tuple[tuple[str, str], ...]:
    """Return the (path, code) of every refusal a sample meets, in the order asked."""
    try:
        validate(item, sample.answers, sample.today)
    except InvalidAnswers as invalid:
        return tuple((error.path, error.code) for error in invalid.errors)
    return ()


def _unshown(item: Expanded, service_item: ServiceItem, passing: list[Sample]) -> Iterator[Problem]:
    shown: set[tuple[str, str]] = set()
    asked_for: set[str] = set()
    for sample in passing:
        for section in visible_sections(service_item, sample.answers, sample.today):
            shown.update(
                (section.id, field.id)
                for row in _rows(section, sample.answers)
                for field in visible_fields(
                    service_item, section, sample.answers, row, sample.today
                )
            )
        needed = required_requirements(service_item, sample.answers, sample.today)
        asked_for.update(requirement.id for requirement in needed)
    for number, section in enumerate(service_item.sections):
        for index, field in enumerate(section.fields):
            if (section.id, field.id) not in shown:
                reason = f"no passing sample is asked for '{section.id}.{field.id}'"
                yield item.problem(reason, "sections", number, "fields", index)
    for number, requirement in enumerate(service_item.requirements):
        if requirement.id not in asked_for:
            reason = f"no passing sample needs '{requirement.id}', so nothing may ever satisfy it"
            yield item.problem(reason, "requirements", number)


def _rows(section: Section, answers: Mapping[str, object]) -> list[int | None]:
    given = answers.get(section.id)
    if section.repeat is None:
        return [None]
    return list(range(len(given))) if isinstance(given, list) else []


def _untried(item: Expanded, service_item: ServiceItem, failing: list[Sample]) -> Iterator[Problem]:
    tried = {
        (".".join(part for part in path.split(".") if not part.isdigit()), code)
        for sample in failing
        for path, code in sample.expect
    }
    for number, section in enumerate(service_item.sections):
        for check in section.checks:
            if (section.id, check.code) not in tried:
                reason = f"no failing sample shows the check '{check.code}'"
                yield item.problem(reason, "sections", number)
        for index, field in enumerate(section.fields):
            for check in field.checks:
                if (f"{section.id}.{field.id}", check.code) not in tried:
                    reason = f"no failing sample shows the check '{check.code}'"
                    yield item.problem(reason, "sections", number, "fields", index)
