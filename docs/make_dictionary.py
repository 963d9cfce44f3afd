"""Makes a zstd dictionary for bodies, of what the forms ask and of nonsense, and of nothing else.

Bodies are made up for every passing sample of every item: the names of sections and questions, the
codes of choices and the frame that `kiosk.cases.storing` gives a body are the release's; every
text, number, day and id is drawn anew for each body, so that none can get into the dictionary. No
body of a person is ever looked at. Run it when the forms have changed much:
``.venv/bin/python docs/make_dictionary.py``. It adds a file to ``sync/dictionaries``, with the
next number, and prints its name for the guard test; what is there stays, for bodies need it.
"""

import hashlib
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import zstandard

from forms import catalogue
from forms.definition import Field, Requirement, ServiceItem
from kiosk.cases.squeezing import squeezed
from sync import dictionaries

TARGET = Path(dictionaries.__file__).parent
#: RFC 8878 leaves the numbers from here to private use; below 65,536 they take two bytes.
FIRST_NUMBER = 32_768
SIZE = 64 * 1024
#: Bodies for each sample; what they do not share is no part of the dictionary.
_OF_EACH = 15
#: Bytes that are taken out of a body at a time: whole sections, in the order of the form.
_SEGMENT = 500
_CHOSEN = {"choice", "choices", "yes_no", "count", "year"}
_HEX, _BASE32 = "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#: Drawn by chance that is the same for ever: the same forms make the same bodies.
_CHANCE = random.Random("jishiban dictionary")  # noqa: S311


def bodies() -> Iterator[dict[str, Any]]:
    """Yield bodies as residents' cases have them, all made up."""
    items = [item for _, item in sorted(catalogue.load().items.items())]
    letters = _letters(items)
    for item in items:
        for sample in item.samples:
            if not sample.expect:
                for _ in range(_OF_EACH):
                    yield _body(item, _answers(item, sample.answers, letters))


def _letters(items: list[ServiceItem]) -> str:
    """Return the Chinese characters of all questions, as often as they come: what to draw from."""
    labels = (field.label.zh for item in items for s in item.sections for field in s.fields)
    return "".join(c for label in labels for c in label if "一" <= c <= "龥")


def _answers(item: ServiceItem, answers: Any, letters: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for section in item.sections:
        value = answers.get(section.id)
        fields = {field.id: field for field in section.fields}
        if isinstance(value, list):
            made[section.id] = [_row(fields, row, letters) for row in value]
        elif value:
            made[section.id] = _row(fields, value, letters)
    return made


def _row(fields: dict[str, Field], row: Any, letters: str) -> dict[str, Any]:
    return {name: _answer(fields[name], row[name], letters) for name in fields if name in row}


def _answer(field: Field, value: Any, letters: str) -> Any:
    if isinstance(value, dict):
        # An address: its division is one of the release's.
        return {
            name: part if name == "division" else _nonsense(part, letters)
            for name, part in value.items()
        }
    if field.answer == "choice" and field.choices and _CHANCE.random() < 0.5:
        return _CHANCE.choice(field.choices).code
    if field.answer in _CHOSEN:
        return value
    if field.answer in {"photo", "signature"}:
        return _uuid()
    if field.answer == "date":
        return _day()
    return _nonsense(str(value), letters) if isinstance(value, str) else value


def _nonsense(text: str, letters: str) -> str:
    """Return a text of the same shape that says nothing."""
    return "".join(
        _CHANCE.choice("0123456789")
        if c.isdigit()
        else _CHANCE.choice(letters)
        if c > "\u3000"
        else c
        for c in text
    )


def _body(item: ServiceItem, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the body as `kiosk.cases.storing` makes it, with nonsense in every place."""
    attachments, files = _attachments(item)
    body = {
        **{"number": _digits(15), "token": _drawn(_BASE32, 26)},
        **{"item": item.code, "release": _hex(), "answers": answers, "attachments": attachments},
        "signature": _CHANCE.choice(
            ({"method": "confirmed", "material": None}, {"method": "drawn", "material": _uuid()})
        ),
        **{"consent": True, "commitment": item.commitment is not None},
        **{"channel": _CHANCE.choice(("kiosk", "kiosk", "tablet", "phone", "api"))},
        **{"operator": None, "files": files, "statement": _hex()},
    }
    missing = [each["requirement"] for each in attachments if each["mode"] == "deferred"]
    if missing:
        at = f"{_day()}T{_digits(2)}:{_digits(2)}:{_digits(2)}.{_digits(6)}+00:00"
        notice = {"missing": missing, "due": _day(), "promise": _hex(), "at": at, "by": None}
        body["notice"] = notice
    return {**body, "handed_in": {"key": _uuid(), "request": _hex()}}


def _attachments(item: ServiceItem) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    attachments, files = [], {}
    for requirement in item.requirements:
        if requirement.source in {"applicant", "certificate"}:
            told = _attachment(requirement)
            attachments.append(told)
            for material in told["materials"]:
                files[material] = {
                    **{"sha256": _hex(), "key": _hex()},
                    **{"media_type": "image/jpeg", "bytes": int(_digits(6)) + 1},
                }
    return attachments, files


def _attachment(requirement: Requirement) -> dict[str, Any]:
    told: dict[str, Any] = {"requirement": requirement.id, "mode": "file", "materials": []}
    if requirement.deferrable and _CHANCE.random() < 0.7:
        return {**told, "mode": "deferred", "due": _day()}
    told["materials"] = [_uuid() for _ in range(_CHANCE.choice((1, 1, 1, 2)))]
    return told


def _day() -> str:
    return (date(1950, 1, 1) + timedelta(days=_CHANCE.randrange(32_000))).isoformat()


def _drawn(letters: str, count: int) -> str:
    return "".join(_CHANCE.choice(letters) for _ in range(count))


def _digits(count: int) -> str:
    return _drawn("0123456789", count)


def _hex() -> str:
    return _drawn(_HEX, 64)


def _uuid() -> str:
    return "-".join(_drawn(_HEX, count) for count in (8, 4, 4, 4, 12))


def _text(body: dict[str, Any]) -> bytes:
    """Return what of a body is packed."""
    blobs = sorted(file["sha256"] for file in body["files"].values())
    return squeezed(orjson.dumps(body), blobs)


def main() -> None:
    """Write the next dictionary, unless the last one is the same."""
    number = FIRST_NUMBER + len(dictionaries.names())
    texts = [_text(body) for body in bodies()]
    made = zstandard.train_dictionary(
        SIZE, texts, k=_SEGMENT, d=8, level=dictionaries.LEVEL, dict_id=number
    )
    name = hashlib.sha256(made.as_bytes()).hexdigest()
    (TARGET / f"{name}.zdict").write_bytes(made.as_bytes())
    print(f"{number}: {name}, of {len(texts)} bodies")


if __name__ == "__main__":
    main()
