"""Items as XLSForms and as the XForms that pyxform makes of them, each made once."""

import io
from functools import cache
from typing import Any

from pyxform.xls2xform import ConvertResult, convert

from forms import catalogue as authoring
from forms.checks.samples import Sample
from forms.decoding import decode_choices, decode_item
from forms.definition import ServiceItem
from forms.xlsform.columns import NotCarried
from forms.xlsform.export import export
from forms.xlsform.nodes import nodes_of
from tests.builders.xforms import Device, fill

CODES = sorted(path.stem for path in (authoring.HERE / "items").glob("*.yaml"))
catalogue = cache(authoring.documents)


def document_of(code: str) -> dict[str, Any]:
    return catalogue()[0][code]


def lists() -> dict[str, Any]:
    return catalogue()[1]


@cache
def item_of(code: str) -> ServiceItem:
    decoded = {name: decode_choices(entries) for name, entries in lists().items()}
    return decode_item(document_of(code), decoded)


@cache
def exported(code: str) -> tuple[bytes, list[NotCarried]]:
    return export(document_of(code), lists())


@cache
def converted(code: str) -> ConvertResult:
    """What pyxform makes of the export; without its Java validator."""
    return convert(io.BytesIO(exported(code)[0]), file_type=".xlsx", validate=False)


@cache
def question_names(code: str) -> dict[str, str]:
    return {path: node.name for path, node in nodes_of(document_of(code)).by_path.items()}


def filled(code: str, sample: Sample) -> Device:
    """A device with a sample's answers in the item's form."""
    device = Device(converted(code).xform, sample.today)
    answers = {"sections": document_of(code)["sections"], "answers": sample.answers}
    fill(device, answers, question_names(code))
    return device
