"""Has another window of this browser changed what a page showed when it was made?

All windows share one draft of an item. A form carries the mark of the value it showed; a form whose
mark is no longer right overwrites nothing, its page is shown again with what holds now. Knows no
pages. Neighbours: `wanted` binds the draft to the browser.
"""

import hashlib

import orjson
from flask import request

from forms.definition import Text
from kiosk.cases.drafts import Draft

#: The hidden input that holds the mark.
NAME = "seen"
CHANGED = Text(
    "刚才在另一个窗口改过，现在显示的是改后的内容，请核对后再继续。",
    "This was changed in another window just now. What you see is the new content; please check "
    "it before you go on.",
)


def mark(draft: Draft, value: object) -> str:
    """Return what tells `value` of this draft from any other, 16 hex digits."""
    shown = orjson.dumps([draft.id, value], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(shown).hexdigest()[:16]


def is_outdated(draft: Draft, value: object) -> bool:
    """Say whether the posted page showed another value than `value`, which holds now.

    A form without a mark showed nothing that could be outdated.
    """
    return request.form.get(NAME) not in (None, mark(draft, value))
