"""Making the search index of a release: per item, the forms in which people may type it.

Runs when a catalogue is made. Must not know how a query is scored. Neighbours: `pinyin`,
`search` (reads what is made here).
"""

from collections.abc import Iterable, Mapping

from forms.decoding import Document
from forms.definition import JSON
from forms.pinyin import initials_of, pinyin_of


def index_of(documents: Mapping[str, Document]) -> dict[str, JSON]:
    """Return for each item its searchable forms, lower case and without duplicates.

    {"code", "names": [zh], "words": [zh], "english": [words], "pinyin": [...], "initials": [...]}
    """
    return {code: _entry(document) for code, document in documents.items()}


def bundle_index_of(documents: Mapping[str, Document]) -> dict[str, JSON]:
    """Return the same for bundles, which have no category and no life event."""
    nothing = {"zh": "", "en": ""}
    return index_of(
        {
            code: {**document, "category": nothing, "life_event": nothing}
            for code, document in documents.items()
        }
    )


def _entry(document: Document) -> JSON:
    name, words = document["name"]["zh"], list(document["search_words"])
    chinese = [name, *words]
    about = [document["category"]["zh"], document["life_event"]["zh"], document["department"]["zh"]]
    english = [document["name"]["en"], document["category"]["en"], document["life_event"]["en"]]
    return {
        "name": name,
        "words": _once(word.lower() for word in words),
        "about": _once(about),
        "english": _once(text.lower() for text in english),
        "pinyin": _once(pinyin_of(text) for text in chinese),
        "initials": _once(initials_of(text) for text in chinese),
    }


def _once(texts: Iterable[str]) -> list[JSON]:
    return list(dict.fromkeys(texts))
