"""A broken bundle is named with its file, its line and the reason; a good one is in the release."""

from pathlib import Path

import pytest

from forms import catalogue as authoring
from forms.catalogue import build, check, load, open_release
from forms.search import search_bundles
from forms.source import Problem

GOOD = """code: YJS-01
name: {zh: 老人一件事, en: Old age}
department: {zh: 民政局, en: Civil affairs}
search_words: [老人]
asked_once: {zh: 一次填写, en: Filled in once}
members:
  - code: MZ-006
  - code: YB-14
steps:
  - name: {zh: 体检, en: Check-up}
    by: {zh: 医院, en: Hospital}
    how: {zh: 带身份证去, en: Go with your ID card}
provenance: {zh: 测试, en: Test}
"""


def problems(source: Path, text: str, name: str = "YJS-01") -> list[Problem]:
    folder = source / "bundles"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    return check(source)


def test_a_good_bundle_has_no_problem(source: Path) -> None:
    assert problems(source, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("code: YB-14", "code: YB-99", 8, "there is no item YB-99"),
        ("code: YB-14", "code: MZ-006", 8, "the member MZ-006 is given twice"),
        ("en: Old age", "en: ''", 2, "the text has no English"),
        (", en: Go with your ID card", "", 12, "a text needs zh and en"),
        ("code: YJS-01", "code: YJS-02", 1, "the file of YJS-02 must be called YJS-02.yaml"),
        ("code: YJS-01", "code: B-1", 1, "a code like YJS-01"),
        (
            "  - code: YB-14",
            "  - code: YB-14\n    as: {nobody: child}",
            9,
            "YB-14 has no section 'nobody'",
        ),
        ("members:", "titles: {child: {zh: 孩子, en: Child}}\nmembers:", 6, "no member has"),
        ("  - code: MZ-006\n", "", 6, "at least 2"),
    ],
)
def test_a_broken_bundle_is_named_with_its_line(source, old, new, line, reason) -> None:
    assert old in GOOD
    found = problems(source, GOOD.replace(old, new))
    assert [(p.file, p.line) for p in found] == [("bundles/YJS-01.yaml", line)], found
    assert reason in found[0].reason


def test_somebody_must_apply_and_something_be_ticked(source: Path) -> None:
    text = GOOD
    for code in ("MZ-006", "YB-14"):
        entry = f"  - code: {code}\n"
        text = text.replace(entry, f"{entry}    ticked: false\n    as: {{applicant: child}}\n")
    reasons = [problem.reason for problem in problems(source, text)]
    assert "no member's applicant is who applies for the bundle" in reasons
    assert "no member is ticked at the beginning" in reasons


def test_two_bundles_cannot_have_one_code(source: Path) -> None:
    problems(source, GOOD)
    reasons = [problem.reason for problem in problems(source, GOOD, "YJS-02")]
    assert "the code YJS-01 is already that of bundles/YJS-01.yaml" in reasons


def test_the_shipped_catalogue_has_eleven_bundles_and_says_when_one_is_missing() -> None:
    assert check(authoring.HERE, bundles=11) == []
    (missing,) = check(authoring.HERE, bundles=12)
    assert missing.reason == "there are 11 bundles and should be 12"


def test_a_release_holds_the_bundles_and_finds_them_by_everyday_words(tmp_path: Path) -> None:
    opened = open_release(build(load(), tmp_path))
    assert len(opened.bundles) == 11
    assert [bundle.code for bundle in search_bundles(opened, "生孩子")] == ["YJS-01"]
    assert [bundle.code for bundle in search_bundles(opened, "xinshenger")] == ["YJS-01"]
    assert search_bundles(opened, "") == []
    newborn = opened.bundles["YJS-01"]
    assert [member.name for member in newborn.members] == [
        opened.items[member.code].name for member in newborn.members
    ]


def test_a_release_made_before_there_were_bundles_still_opens() -> None:
    old = b'{"format":2,"index":{},"items":{},"lists":{}}'
    assert authoring.Catalogue(old).bundles == {}
