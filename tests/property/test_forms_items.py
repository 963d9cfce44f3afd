"""Every shipped item, with answers nobody wrote down: right ones are taken, wrong ones named."""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.definition import Field, Sample, ServiceItem
from forms.schema import InvalidAnswers, validate, visible_fields, visible_sections
from tests.builders import answers
from tests.builders.definitions import written

ITEMS = list(written().items.values())
SOME = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Place:
    """One answer of a passing sample."""

    sample: Sample
    section: str
    row: int | None
    field: Field

    @property
    def path(self) -> str:
        parts = [self.section, *([] if self.row is None else [str(self.row)]), self.field.id]
        return ".".join(parts)

    def with_answer(self, answer: Any) -> dict[str, Any]:
        """Return the sample's answers with this one in the place."""
        changed: dict[str, Any] = copy.deepcopy(dict(self.sample.answers))
        rows = changed.setdefault(self.section, {})
        (rows if self.row is None else rows[self.row])[self.field.id] = answer
        return changed


def places(item: ServiceItem) -> Iterator[Place]:
    """Yield every answer that a passing sample of the item is asked for."""
    for sample in item.samples:
        if sample.expect:
            continue
        for section in visible_sections(item, sample.answers, sample.today):
            given_rows = sample.answers.get(section.id)
            if section.repeat is None:
                rows: Iterable[int | None] = [None]
            else:
                rows = range(len(given_rows or ()))
            for row in rows:
                asked = visible_fields(item, section, sample.answers, row, sample.today)
                yield from (Place(sample, section.id, row, field) for field in asked)


def ruled(item: ServiceItem) -> str:
    """Return every rule of the item as one text, in which names of fields can be looked for."""
    rules: list[Any] = [requirement.when for requirement in item.requirements]
    for section in item.sections:
        rules += [section.visible, *(check.rule for check in section.checks)]
        for field in section.fields:
            rules += [field.visible, field.required, *(check.rule for check in field.checks)]
    return repr(rules)


def free(item: ServiceItem) -> list[Place]:
    """Return the answers that no rule looks at, so that the definition alone judges them."""
    rules = ruled(item)
    return [
        place
        for place in places(item)
        if not place.field.checks
        and f"'{place.field.id}'" not in rules
        and f".{place.field.id}'" not in rules
    ]


@pytest.mark.parametrize("item", ITEMS, ids=[item.code for item in ITEMS])
@SOME
@given(data=st.data())
def test_answers_made_from_the_definition_are_taken(item: ServiceItem, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(free(item)))
    changed = place.with_answer(data.draw(answers.right(place.field)))
    kept = validate(item, changed, place.sample.today)
    assert validate(item, kept, place.sample.today) == kept


@pytest.mark.parametrize("item", ITEMS, ids=[item.code for item in ITEMS])
@SOME
@given(data=st.data())
def test_a_wrong_answer_is_refused_at_its_field_and_nowhere_else(
    item: ServiceItem, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(list(places(item))))
    changed = place.with_answer(data.draw(answers.wrong(place.field)))
    with pytest.raises(InvalidAnswers) as refused:
        validate(item, changed, place.sample.today)
    assert [error.path for error in refused.value.errors] == [place.path]
