"""Help items: how many there are, that each leads somewhere, and that it promises nothing untrue.

Looks at files of `forms/help` whose shape is right. Must not write. Neighbours: `approvals` checks
what investment help leads to, `forms.helping` is what the files become.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.expansion import Expanded
from forms.helping import Domain
from forms.source import Problem, SourceFile

FEATURES = "features"


def check_help(
    files: Mapping[str, SourceFile],
    items: Sequence[Expanded],
    approvals: frozenset[str],
    counts: Mapping[Domain, int] | None,
) -> list[Problem]:
    """Return the problems of the files of `forms/help` by name; `features` is one of them.

    `items` and the codes of `approvals` are what help may lead to. `counts` is how many help items
    each domain must have; with it, no service item that says it has help may be without.
    """
    documents = {item.document["code"]: item for item in items}
    domains = {name: file for name, file in files.items() if name != FEATURES}
    problems = [*_features(files.get(FEATURES)), *_twice(domains.values())]
    for file in domains.values():
        problems.extend(_links(file, documents, approvals))
        problems.extend(_promises(file, documents))
        problems.extend(_unknown_features(file, _codes(files.get(FEATURES))))
    if counts is not None:
        problems.extend(_counts(domains.values(), counts))
        problems.extend(_without_help(domains.values(), items))
    return problems


def _entries(file: SourceFile) -> Iterator[tuple[int, dict[str, Any]]]:
    value: Any = file.value
    yield from enumerate(value["items"])


def _domain(file: SourceFile) -> Domain:
    value: Any = file.value
    domain: Domain = value["domain"]
    return domain


def _codes(features: SourceFile | None) -> list[str]:
    value: Any = features.value if features else []
    return [entry["code"] for entry in value]


def _features(file: SourceFile | None) -> Iterator[Problem]:
    codes = _codes(file)
    for number, code in enumerate(codes):
        if file and code in codes[:number]:
            yield file.problem(f"the feature {code} is given twice", number, "code")


def _twice(files: Any) -> Iterator[Problem]:
    codes: dict[str, str] = {}
    links: dict[str, str] = {}
    for file in files:
        for number, entry in _entries(file):
            code, linked = entry["code"], entry["linked"]
            if code in codes:
                reason = f"the code {code} is already used in {codes[code]}"
                yield file.problem(reason, "items", number, "code")
            elif linked in links:
                reason = f"{linked} already has the help item {links[linked]}"
                yield file.problem(reason, "items", number, "linked")
            codes.setdefault(code, file.file)
            links.setdefault(linked, code)


def _links(
    file: SourceFile, items: Mapping[str, Expanded], approvals: frozenset[str]
) -> Iterator[Problem]:
    investment = _domain(file) == "investment"
    known, what = (approvals, "approval") if investment else (items.keys(), "service item")
    for number, entry in _entries(file):
        if entry["linked"] not in known:
            reason = f"there is no {what} {entry['linked']}"
            yield file.problem(reason, "items", number, "linked")


def _unknown_features(file: SourceFile, known: list[str]) -> Iterator[Problem]:
    for number, entry in _entries(file):
        for place, feature in enumerate(entry["features"]):
            if feature not in known:
                reason = f"there is no feature '{feature}'"
                yield file.problem(reason, "items", number, "features", place)
            elif feature in entry["features"][:place]:
                reason = f"the feature '{feature}' is given twice"
                yield file.problem(reason, "items", number, "features", place)


def _promises(file: SourceFile, items: Mapping[str, Expanded]) -> Iterator[Problem]:
    """Yield help that its service item does not know of: help at all, deferral, express."""
    for number, entry in _entries(file):
        item = items.get(entry["linked"])
        if item is None:
            continue
        document, features = item.document, entry["features"]
        if not document["help_available"]:
            reason = f"{entry['linked']} says that it has no help (help_available)"
            yield file.problem(reason, "items", number, "linked")
        if "deferral" in features and not document.get("deferral"):
            reason = f"{entry['linked']} takes no material later, so help cannot offer it"
            yield file.problem(reason, "items", number, "features")
        if "express" in features and not document["express_delivery"]:
            reason = f"{entry['linked']} is not delivered by express, so help cannot offer it"
            yield file.problem(reason, "items", number, "features")


def _counts(files: Any, counts: Mapping[Domain, int]) -> Iterator[Problem]:
    found = dict.fromkeys(counts, 0)
    for file in files:
        found[_domain(file)] += len(list(_entries(file)))
    for domain, count in counts.items():
        if found[domain] != count:
            reason = f"there are {found[domain]} help items of {domain} and should be {count}"
            yield Problem("help", 1, reason)


def _without_help(files: Any, items: Sequence[Expanded]) -> Iterator[Problem]:
    linked = {entry["linked"] for file in files for _, entry in _entries(file)}
    for item in items:
        if item.document["help_available"] and item.document["code"] not in linked:
            reason = f"{item.document['code']} says that it has help, and no help item leads to it"
            yield item.problem(reason, "help_available")
