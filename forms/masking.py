"""What of an answer a shared screen or a slip may show.

Must not know who looks: whoever shows decides whether to mask. Neighbours: the answer types of
`forms.fields` carry their own masks.
"""

from forms.fields import ANSWER_TYPES


def mask(answer_type: str, value: str) -> str:
    """Return `value` with its middle hidden, as the answer type says.

    "resident_id" → "320582********1236", "mobile" → "138****5678", "bank_card" → "****1234",
    "name" → "张**". A type without a mask of its own is returned as it is. Raises KeyError for
    an unknown type. Masking twice gives the same again.
    """
    hide = ANSWER_TYPES[answer_type].mask
    return hide(value) if hide else value
