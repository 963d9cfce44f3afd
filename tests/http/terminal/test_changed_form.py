"""An application whose release is gone goes on by the one of now, and tells what does not fit."""

import json
from typing import Any

from forms.release import Catalogue, keep
from tests.builders.machines import Machine
from tests.builders.releases import altered
from tests.http.terminal.moving import ADDRESS, APPLY, ITEM, answer, begun
from tests.http.terminal.resident import Resident, good

CHANGED = f"{APPLY}/changed"
NAME = good(ITEM)["applicant"]["name"]


def stricter(item: dict[str, Any]) -> None:
    """An address is a text of two characters at most."""
    claim = next(section for section in item["sections"] if section["id"] == "claim")
    for field in claim["fields"]:
        if field["id"] == "registered_address":
            field |= {"answer": "text", "params": {"max_length": 2}}
            field.pop("choices", None)


def another_release(terminal: Machine, content: bytes) -> None:
    """The release that was offered is lost, and this one is offered."""
    releases = terminal.parts.releases
    old = releases.current
    made = Catalogue(content)
    keep(made, releases.folder)
    releases.choose(made.release)
    (releases.folder / f"{old.release}.json").unlink()
    releases.opened.pop(old.release)


def in_the_middle(terminal: Machine) -> Resident:
    kiosk = begun(terminal)
    kiosk.open(ADDRESS)
    answer(kiosk, "杨舍镇人民中路88号", "320582100013")
    return kiosk


def test_what_does_not_fit_is_listed_with_what_was_entered_and_asked_again(
    terminal: Machine,
) -> None:
    kiosk = in_the_middle(terminal)
    another_release(terminal, altered(terminal.parts.releases.current, ITEM.code, stricter))
    kiosk.open(f"{APPLY}/check")
    assert kiosk.at == CHANGED
    assert "表格有更新" in kiosk.text
    assert "杨舍镇人民中路88号" in kiosk.text
    assert "320****0013" not in kiosk.text, "the code of a village is no answer to read"
    assert NAME not in kiosk.text
    kiosk.open(f"{APPLY}/identify")
    assert kiosk.at == CHANGED, "it is told before anything else"
    kiosk.send()
    assert kiosk.at.startswith(f"{APPLY}/questions/")
    kiosk.open(ADDRESS)
    assert "人民中路" not in kiosk.page
    kiosk.open(f"{APPLY}/identify")
    assert f'value="{NAME}"' in kiosk.page


def test_an_application_whose_item_is_not_offered_any_more_is_kept_and_that_is_said(
    terminal: Machine,
) -> None:
    kiosk = in_the_middle(terminal)
    document = json.loads(terminal.parts.releases.current.content)
    del document["items"][ITEM.code]
    document["bundles"] = {
        code: bundle for code, bundle in document["bundles"].items() if ITEM.code not in str(bundle)
    }
    another_release(terminal, json.dumps(document, ensure_ascii=False).encode())
    kiosk.open(f"{APPLY}/check")
    assert kiosk.status == 404
    assert "填过的内容还在" in kiosk.text
