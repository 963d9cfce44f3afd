"""The same questions and materials are asked in Chromium as in Python, for every sample."""

from typing import Any

import pytest

from forms.asking import (
    is_commitment_required,
    open_sections,
    required_requirements,
    visible_fields,
)
from forms.definition import Sample, ServiceItem
from kiosk.api.items import plain
from tests.browser.forms.conftest import Call
from tests.builders.definitions import written

pytestmark = pytest.mark.browser

ASK = """(forms, cases) => cases.map(([item, samples]) => samples.map(([answers, today]) => ({
  sections: forms.asking.openSections(item, answers, today).map((opened) => ({
    id: opened.section.id,
    kept: opened.kept,
    rows: opened.rows.map((row) => row.fields.map((field) => field.id)),
  })),
  fields: item.sections.map((section) => forms.asking
    .visibleFields(item, section, answers, 0, today).map((field) => field.id)),
  requirements: forms.asking.requiredRequirements(item, answers, today).map((each) => each.id),
  commitment: forms.asking.isCommitmentRequired(item, answers, today),
})))"""


def test_every_sample_is_asked_the_same(in_browser: Call) -> None:
    items = list(written().items.values())
    cases = [
        [plain(item, "zh"), [[each.answers, each.today.isoformat()] for each in item.samples]]
        for item in items
    ]
    found = in_browser(ASK, cases)
    for item, answered in zip(items, found, strict=True):
        for sample, there in zip(item.samples, answered, strict=True):
            assert there == _asked(item, sample), (item.code, sample.name)


def _asked(item: ServiceItem, sample: Sample) -> dict[str, Any]:
    opened = list(open_sections(item, sample.answers, sample.today))
    return {
        "sections": [
            {
                "id": each.section.id,
                "kept": each.kept,
                "rows": [[field.id for field in row.fields] for row in each.rows],
            }
            for each in opened
        ],
        "fields": [_fields(item, section.id, sample) for section in item.sections],
        "requirements": [
            each.id for each in required_requirements(item, sample.answers, sample.today)
        ],
        "commitment": is_commitment_required(item, sample.answers, sample.today),
    }


def _fields(item: ServiceItem, section_id: str, sample: Sample) -> list[str]:
    section = item.section(section_id)
    row = 0 if section.repeat else None
    fields = visible_fields(item, section, sample.answers, row, sample.today)
    return [field.id for field in fields]
