"""Certificate calls of a bundle: with each case that needs the certificate, counted once."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from forms.schema import required_requirements
from kiosk.cases import service, statement
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.cases.submission import Attachment, Submission
from kiosk.errors import Invalid
from kiosk.materials.certificate_calls import counts
from tests.builders.bundles import a_bundle
from tests.builders.cases import PROMISED_ITEM, a_submission
from tests.builders.machines import Machine, Pair

CALL = {
    "id": "01a215e9-5e4f-77af-ad23-68c5a99df982",
    "at": "2026-11-26T03:00:00+00:00",
    "by": None,
    "type": "id_card",
    "requirement": "id_card",
    "purpose": "YJS-04",
    "consent": True,
    "result": "found",
}
CERTIFICATE = {
    "call": CALL["id"],
    "holder": "0" * 32,
    "type": "id_card",
    "reference": "SAMPLE-1",
    "issuer": {"zh": "公安局", "en": "Police"},
    "valid_until": None,
}


def with_certificate(submission: Submission, requirement: str) -> Submission:
    others = [entry for entry in submission.attachments if entry.requirement != requirement]
    given = Attachment(requirement, "certificate", (), CERTIFICATE)
    return replace(submission, attachments=(*others, given), calls=(CALL,))


def bodies(machine: Machine) -> list[dict]:
    with machine.reading() as session:
        cases = session.scalars(select(Case).order_by(Case.id)).all()
        keyring = machine.parts.keyring
        return [current_body(session, keyring, case.id) or {} for case in cases]


def test_a_certificate_of_a_bundle_is_with_every_member_that_asks_for_it(small_pair: Pair) -> None:
    terminal = small_pair.terminal
    built = a_bundle(terminal, "YJS-04", "RS-011", "RS-017", "RS-015").submission()
    terminal.within(service.submit, terminal.parts, with_certificate(built, "id_card"), "key")
    small_pair.settle()
    arrived = bodies(small_pair.hall)
    assert len(arrived) == 3
    shared = [body for body in arrived if "certificate_calls" in body]
    assert len(shared) > 1
    for body in shared:
        [own] = [each for each in body["attachments"] if each["mode"] == "certificate"]
        assert (own["certificate"], body["certificate_calls"][0]["id"]) == (CERTIFICATE, CALL["id"])
        assert body["certificate_calls"][0]["requirement"] == own["requirement"]
        item = terminal.parts.catalogue.items[body["item"]]
        assert statement.holds(item, body) is True
    with small_pair.hall.reading() as session:
        assert [(count.type, count.calls) for count in counts(session)] == [("id_card", 1)]


@pytest.mark.parametrize(
    "certificate", [None, CERTIFICATE], ids=["none", "for a paper of one's own"]
)
def test_a_certificate_that_was_not_asked_for_stands_for_nothing(
    small_pair: Pair, certificate: dict | None
) -> None:
    terminal = small_pair.terminal
    built = a_submission(terminal, PROMISED_ITEM)
    source = "applicant" if certificate else "certificate"
    asked = required_requirements(built.item, built.answers)
    name = next(requirement.id for requirement in asked if requirement.source == source)
    others = [entry for entry in built.submission().attachments if entry.requirement != name]
    given = Attachment(name, "certificate", (), certificate)
    wrong = replace(built.submission(), attachments=(*others, given))
    with pytest.raises(Invalid) as refused:
        terminal.within(service.submit, terminal.parts, wrong, "key")
    assert "no_certificate" in {field.code for field in refused.value.fields}
