"""The dictionaries that bodies were packed with stay as they are, and hold nothing of a person."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

from forms import catalogue
from sync import dictionaries

FOLDER = Path(dictionaries.__file__).parent
#: Number and SHA-256. A new one adds a line; no line is ever changed or taken away.
PUBLISHED = {
    32_768: "ae13f38900d9463170f2cf78fb32af3605895115654aa6eac0091c943aaeec5c",
}
#: What a question offers, what is a few digits, and days, which are drawn and may fall together.
SHARED = {"choice", "choices", "yes_no", "count", "year", "date"}


def test_every_published_dictionary_is_here_as_it_was():
    files = {file.stem: file.read_bytes() for file in FOLDER.glob("*.zdict")}
    numbers = {zstandard.ZstdCompressionDict(data).dict_id(): name for name, data in files.items()}
    assert numbers == PUBLISHED
    assert all(hashlib.sha256(data).hexdigest() == name for name, data in files.items())
    assert list(PUBLISHED.values()) == dictionaries.names()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (
            text for name, part in value.items() if name != "division" for text in _texts(part)
        )


def test_no_answer_of_a_sample_got_into_a_dictionary():
    held = b"".join(file.read_bytes() for file in FOLDER.glob("*.zdict"))
    found = set()
    for item in catalogue.load().items.values():
        fields = {(s.id, f.id): f for s in item.sections for f in s.fields}
        for sample in item.samples:
            for section, value in sample.answers.items():
                rows = value if isinstance(value, list) else [value]
                for name, answer in ((n, a) for row in rows if row for n, a in row.items()):
                    field = fields.get((section, name))
                    if field is not None and field.answer not in SHARED:
                        found |= {t for t in _texts(answer) if len(t.encode()) > 5}
    assert len(found) > 500
    assert [text for text in sorted(found) if text.encode() in held] == []
