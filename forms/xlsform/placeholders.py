"""What an item needs and XLSForm has no word for, where the file is not ours.

Every placeholder is marked in its text and told in the report, so that nobody takes one for a
fact. Must not know rows. Neighbours: `importing` calls this last.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from forms.checks.shape import ITEM_CODE
from forms.xlsform.columns import OWN_SHEET, NotCarried
from forms.xlsform.foreign import CHINESE

MARK = {"zh": "待补充（导入自XLSForm）", "en": "To be given (imported from an XLSForm)"}
TEXTS = ("department", "category", "life_event", "fee", "result", "delivery", "places", "hours")
MORE_TEXTS = ("contact", "complaints", "scope", "provenance")
LISTS_OF_TEXTS = ("conditions", "procedure")
NO_CODE = "XX-000"


def fill_gaps(
    document: dict[str, Any], settings: Mapping[str, str], report: list[NotCarried]
) -> None:
    """Complete a document in place and tell each gap in `report`."""
    today = datetime.date.today().isoformat()
    form = {"id": "application", "name": MARK, "source": "form", "form": "electronic"}
    made: dict[str, Any] = {
        "code": _code(settings),
        "name": _name(settings),
        "search_words": [settings.get("form_title") or MARK["zh"]],
        "audience": "natural_person",
        "kind": "public_service",
        "case_type": "promised",
        "promised": {"value": 1, "unit": "working_days"},
        "basis": [{**MARK, "confirmed": False}],
        "visits": 1,
        "help_available": False,
        "express_delivery": False,
        "requirements": [form],
        "samples": [{"name": "to be given", "today": today, "answers": {}, "expect": []}],
        **{key: dict(MARK) for key in (*TEXTS, *MORE_TEXTS)},
        **{key: [dict(MARK)] for key in LISTS_OF_TEXTS},
    }
    for key, value in made.items():
        if key in document and document[key] not in ("", []):
            continue
        document[key] = value
        if key != "code" or value == NO_CODE:
            reason = "XLSForm has no word for it; a placeholder stands there"
            report.append(NotCarried(OWN_SHEET, 0, key, reason))


def _code(settings: Mapping[str, str]) -> str:
    code = settings.get("form_id") or settings.get("id_string") or ""
    return code if ITEM_CODE.fullmatch(code) else NO_CODE


def _name(settings: Mapping[str, str]) -> dict[str, str]:
    title = settings.get("form_title") or settings.get("form_id") or ""
    if not title:
        return dict(MARK)
    if CHINESE.search(title):
        return {"zh": title, "en": MARK["en"]}
    return {"zh": f"{MARK['zh']}：{title}", "en": title}
