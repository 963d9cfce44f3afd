"""An application whose catalogue release is gone: it goes on by the one that is offered now.

While its own release is on the machine an application is filled by that to its end, whatever comes
(docs/adr/0018-releases-travel-by-the-feed.md); this is for one that was lost, or that a newer
program cannot read. What still fits is kept; what does not is set aside with what was entered, so
that a page can show it. Neighbours: ``drafts`` keeps both, ``forms.fitting`` decides.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from forms.definition import ServiceItem, Text
from forms.fitting import Unfit, fit
from kiosk.app_services import Services
from kiosk.cases import drafts
from kiosk.cases.drafts import Draft
from kiosk.errors import NotFound

PICTURES = Text("材料照片", "Pictures of a paper")
#: The middle of a long number, hidden on a shared screen whatever it is the number of.
_MIDDLE = re.compile(r"(?<=\d{3})\d{3,}(?=[\dXx]{4}(?![\dXx]))")


def form_of(services: Services, draft: Draft) -> ServiceItem:
    """Return the form of a draft by its own release; LookupError when that is not to be had."""
    return services.releases.of(draft.release).form(draft.item, draft.answers)


def renewed(services: Services, draft: Draft) -> Draft:
    """Return the draft laid into the release that is offered now, and keep it so.

    NotFound when the item is not offered any more; the draft then stays as it is.
    """
    catalogue = services.catalogue
    try:
        item = catalogue.form(draft.item, draft.answers)
    except KeyError as error:
        raise NotFound(
            "item_gone",
            Text(
                "这个事项现在不在本站办理了，请找工作人员。填过的内容还在。",
                "This service is not offered here any more; please ask the staff. What you entered "
                "is still kept.",
            ),
        ) from error
    answers, unfit = fit(item, draft.answers)
    asked = {entry.id for entry in item.requirements}
    attachments = {name: given for name, given in draft.attachments.items() if name in asked}
    lost = [given for name, given in draft.attachments.items() if name not in asked]
    pictures = [Unfit(PICTURES, str(len(given["materials"]))) for given in lost]
    renewed = replace(
        draft,
        release=catalogue.release,
        answers=answers,
        attachments=attachments,
        signature=None,
        commitment=False,
        set_aside=[*draft.set_aside, *map(_kept, (*unfit, *pictures))],
    )
    drafts.save(services, renewed)
    return renewed


def _kept(unfit: Unfit) -> dict[str, Any]:
    label = unfit.label
    return {
        "label": {"zh": label.zh, "en": label.en} if label else None,
        "value": _MIDDLE.sub("****", _written(unfit.value)),
    }


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        # The code of a village says nothing to a reader, who knows the place by its street.
        told = {name: part for name, part in value.items() if part and name != "division"}
        return " ".join(_written(part) for part in (told or value).values() if part)
    if isinstance(value, list):
        return "、".join(_written(part) for part in value)
    return str(value)
