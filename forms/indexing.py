"""Making the search index of a release: per item, the forms in which people may type it.

Runs when a catalogue is made. Must not know how a query is scored. Neighbours: `pinyin`,
`search` (reads what is made here).
"""

from collections.abc import Iterable, Mapping

from forms.decoding import Document
from forms.definition import JSON
from forms.life_events import LIFE_EVENT_WORDS
from forms.pinyin import initials_of, pinyin_of, sounding_alike


def index_of(documents: Mapping[str, Document]) -> dict[str, JSON]:
    """Return for each item its searchable forms, lower case and without duplicates.

    {"name": zh, "words": [zh], "about": [zh], "english": [...], "pinyin": [...], "initials": [...],
    "shown": what a list of hits shows besides}
    """
    return {code: _entry(document) for code, document in documents.items()}


def sounds_of(documents: Mapping[str, Document]) -> list[str]:
    """Return the groups of signs that sound alike, as far as the items' forms have such sounds."""
    return sounding_alike(form for document in documents.values() for form in _chinese(document))


def bundle_index_of(documents: Mapping[str, Document]) -> dict[str, JSON]:
    """Return the same for bundles, which have no category and no life event.

    What a list of hits shows besides is the name and the number of members.
    """
    nothing = {"zh": "", "en": ""}
    made: dict[str, JSON] = {}
    for code, document in documents.items():
        entry = _entry({**document, "category": nothing, "life_event": nothing})
        entry["shown"] = {"name": document["name"], "members": len(document["members"])}
        made[code] = entry
    return made


def _entry(document: Document) -> dict[str, JSON]:
    name, *words = chinese = _chinese(document)
    event = document["life_event"]["zh"]
    about = [document["category"]["zh"], event, document["department"]["zh"]]
    about += LIFE_EVENT_WORDS.get(event, ())
    english = [document["name"]["en"], document["category"]["en"], document["life_event"]["en"]]
    return {
        "name": name,
        "words": _once(word.lower() for word in words),
        "about": _once(about),
        "english": _once(text.lower() for text in english),
        "pinyin": _once(pinyin_of(text) for text in chinese),
        "initials": _once(initials_of(text) for text in chinese),
        "shown": {name: document.get(name) for name in ("name", "department", "promised")},
    }


def _chinese(document: Document) -> list[str]:
    return [document["name"]["zh"], *document["search_words"]]


def _once(texts: Iterable[str]) -> list[JSON]:
    return list(dict.fromkeys(texts))
