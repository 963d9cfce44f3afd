"""A bundle is handed in once: one case for each member, one receipt, whole or not at all."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from forms.bundling import CHOICE
from kiosk.cases import desk, drafts, service
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.cases.queries import (
    progress_by_number,
    progress_by_token,
    progress_of,
    progress_of_bundle,
)
from kiosk.cases.submission import Submission
from kiosk.errors import Conflict, Invalid, NotFound
from tests.builders.bundles import a_bundle
from tests.builders.cases import a_picture_at, a_submission
from tests.builders.machines import Machine, Pair

PARENT = "320582199001011236"
#: Members whose samples are good on any day.
GRADUATE = ("YJS-04", "RS-011", "RS-017", "RS-015")


@pytest.fixture
def terminal(small_pair: Pair) -> Machine:
    return small_pair.terminal


def submit(terminal: Machine, submission: Submission, key: str = "key") -> service.Receipt:
    return terminal.within(service.submit, terminal.parts, submission, key)


def cases_at(machine: Machine) -> list[Case]:
    with machine.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def test_one_submission_makes_a_case_of_each_member_and_one_receipt(terminal):
    receipt = submit(terminal, a_bundle(terminal, *GRADUATE).submission())
    cases = cases_at(terminal)
    assert [case.item for case in cases] == ["RS-011", "RS-017", "RS-015"]
    assert len({case.number for case in cases}) == 3
    assert {case.bundle_id for case in cases} == {receipt.case_id} == {cases[0].id}
    assert (receipt.item, receipt.number) == ("YJS-04", cases[0].number)
    assert terminal.within(service.made_with, terminal.parts, "key") == receipt


def test_only_the_members_that_were_chosen_become_cases(terminal):
    submit(terminal, a_bundle(terminal, "YJS-04", "RS-017", "RS-011").submission())
    assert [case.item for case in cases_at(terminal)] == ["RS-011", "RS-017"]


def test_each_case_holds_its_own_answers_and_papers_and_knows_the_bundle(terminal):
    submission = a_bundle(terminal, *GRADUATE).submission()
    receipt = submit(terminal, submission)
    for case in cases_at(terminal):
        with terminal.reading() as session:
            body = current_body(session, terminal.parts.keyring, case.id)
        assert body["bundle"] == {
            "code": "YJS-04",
            "id": receipt.case_id,
            "number": receipt.number,
            "id_tail": submission.answers["applicant"]["id_number"][-4:],
            "members": "3",
        }
        item = terminal.parts.catalogue.item(case.item)
        assert set(body["answers"]) <= {section.id for section in item.sections}
        named = {each for entry in body["attachments"] for each in entry["materials"]}
        assert named <= set(body["files"])
        assert {entry["requirement"] for entry in body["attachments"]} <= {
            requirement.id for requirement in item.requirements
        }


def test_a_repeat_gets_the_same_receipt_and_another_body_is_a_conflict(terminal):
    submission = a_bundle(terminal, *GRADUATE).submission()
    assert submit(terminal, submission) == submit(terminal, submission)
    assert len(cases_at(terminal)) == 3
    with pytest.raises(Conflict):
        submit(terminal, replace(submission, commitment=not submission.commitment))


def test_nothing_is_stored_when_the_last_case_cannot_be(terminal, monkeypatch):
    submission = a_bundle(terminal, *GRADUATE).submission()
    before = terminal.row_counts()
    with terminal.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON cases WHEN new.item = 'RS-015' "
                "BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        )
    with pytest.raises(Exception, match="full"):
        submit(terminal, submission)
    assert terminal.row_counts() == before


def test_what_is_wrong_is_named_as_the_one_form_names_it(terminal):
    builder = a_bundle(terminal, "YJS-01", "WJ-008", "YB-01").answering("child.name", "")
    with pytest.raises(Invalid) as refusal:
        submit(terminal, builder.submission())
    assert "answers.child.name" in {field.path for field in refusal.value.fields}
    assert cases_at(terminal) == []


def test_what_only_a_members_own_form_can_judge_is_told_too(terminal):
    """Who applies comes before the child, so that only the child's form knows of the guardian."""
    builder = a_bundle(terminal, "YJS-01", "WJ-008", "YB-01")
    child = builder.answers["child"]["id_number"]
    builder = builder.answering("applicant.id_number", child)
    with pytest.raises(Invalid) as refusal:
        submit(terminal, builder.submission())
    assert "answers.applicant.id_number" in {field.path for field in refusal.value.fields}


def test_answers_to_members_that_were_not_chosen_are_refused_by_name(terminal):
    builder = a_bundle(terminal, "YJS-04", "RS-011").answering("rs_017__certificate.reason", "x")
    with pytest.raises(Invalid) as refusal:
        submit(terminal, builder.submission())
    assert refusal.value.fields[0].code == "unknown_field"


def test_without_a_choice_nothing_is_handed_in(terminal):
    builder = a_bundle(terminal, *GRADUATE)
    answers = {name: given for name, given in builder.answers.items() if name != CHOICE}
    with pytest.raises(Invalid) as refusal:
        submit(terminal, replace(builder.submission(), answers=answers))
    assert refusal.value.fields[0].path == "answers.members.wanted"


def test_a_missing_picture_stops_all_cases(terminal):
    builder = a_bundle(terminal, *GRADUATE).with_material("id_card", "0" * 36)
    with pytest.raises(Invalid) as refusal:
        submit(terminal, builder.submission())
    assert refusal.value.code == "material_unknown"
    assert cases_at(terminal) == []


def test_the_pictures_of_a_bundle_cannot_be_handed_in_with_another_case(terminal):
    builder = a_bundle(terminal, *GRADUATE)
    submit(terminal, builder.submission())
    other = a_submission(terminal, "RS-001")
    (requirement, *_) = other.attachments
    with pytest.raises(Invalid):
        submit(
            terminal,
            other.with_material(requirement, *builder.attachments["id_card"]).submission(),
            "other",
        )


def test_the_receipt_opens_one_progress_with_every_member(terminal):
    builder = a_bundle(terminal, *GRADUATE)
    receipt = submit(terminal, builder.submission())
    found = terminal.within(progress_by_token, terminal.parts, receipt.token)
    assert found.holds_receipt
    told = terminal.within(progress_of_bundle, terminal.parts, found.bundle_id)
    assert told.number == receipt.number
    assert [part.item.code for part in told.parts] == ["RS-011", "RS-017", "RS-015"]
    assert [step.name.zh for step in told.bundle.steps] == [
        "毕业生档案转递接收",
        "户口迁移",
        "就业见习补贴",
    ]
    tail = builder.answers["applicant"]["id_number"][-4:]
    by_number = terminal.within(progress_by_number, terminal.parts, receipt.number, tail)
    assert by_number.case_id == receipt.case_id


def test_who_applies_finds_the_bundle_by_their_own_id_though_the_case_is_the_childs(terminal):
    builder = a_bundle(terminal, "YJS-01", "RS-011")
    for name, value in (("name", "沈国强"), ("id_number", PARENT), ("phone", "13862281001")):
        builder = builder.answering(f"applicant.{name}", value)
    child = builder.answers["child"]["id_number"][-4:]
    receipt = submit(terminal, builder.submission())
    found = terminal.within(progress_by_number, terminal.parts, receipt.number, PARENT[-4:])
    assert found.case_id == receipt.case_id
    with pytest.raises(NotFound):
        terminal.within(progress_by_number, terminal.parts, receipt.number, child)


def test_a_case_that_is_no_bundle_has_no_bundle_progress(terminal):
    receipt = submit(terminal, a_submission(terminal).submission())
    with pytest.raises(NotFound):
        terminal.within(progress_of_bundle, terminal.parts, receipt.case_id)


def test_the_hall_has_the_cases_apart_and_knows_that_they_belong_together(small_pair):
    terminal, hall = small_pair.terminal, small_pair.hall
    receipt = submit(terminal, a_bundle(terminal, *GRADUATE).submission())
    small_pair.settle()
    cases = cases_at(hall)
    assert [(case.bundle, case.bundle_id) for case in cases] == [("YJS-04", receipt.case_id)] * 3
    hall.within(desk.decide, hall.parts, cases[1].id, "accept", "clerk")
    small_pair.settle()
    told = terminal.within(progress_of_bundle, terminal.parts, receipt.case_id)
    assert [part.state for part in told.parts] == [
        "submitted",
        "accepted",
        "submitted",
    ]
    assert told.at_hall
    for machine in (terminal, hall):
        assert machine.within(prove, machine.parts).faults == []


def test_a_returned_member_is_put_right_by_itself_with_the_shared_pictures(small_pair):
    terminal, hall = small_pair.terminal, small_pair.hall
    submit(terminal, a_bundle(terminal, *GRADUATE).submission())
    small_pair.settle()
    member = cases_at(hall)[1]
    hall.within(desk.decide, hall.parts, member.id, "return", "clerk", "", ("照片不清楚",))
    small_pair.settle()
    draft = terminal.within(drafts.open_draft, terminal.parts, member.item, member.id)
    picture = a_picture_at(terminal)
    attachments = {**draft.attachments, "portrait": {"mode": "file", "materials": [picture]}}
    handed = replace(draft, attachments=attachments, signature={"method": "confirmed"})
    terminal.within(
        service.correct, terminal.parts, member.id, drafts.to_submission(handed, "api"), draft.id
    )
    small_pair.settle()
    assert terminal.within(progress_of, terminal.parts, member.id).state == "submitted"
    with terminal.reading() as session:
        body = current_body(session, terminal.parts.keyring, member.id)
    assert body["bundle"]["code"] == "YJS-04"
    assert hall.within(prove, hall.parts).faults == []
