"""Every address of the hall that writes leaves a record in the audit log, or says here why not."""

import importlib
import inspect
import re

import pytest

from kiosk.cases import desk_events
from kiosk.hall import witness
from kiosk.hall.acts import ACTS
from tests.guards.tree import python_files

WRITING = {"POST", "PUT", "PATCH", "DELETE"}
#: The function that writes the record in the act's own transaction.
VERBS = {
    "session.SessionView": "kiosk.operators.service:_proved kiosk.api.session:SessionView",
    "hall.sign_in.enter": "kiosk.operators.service:_proved",
    "hall.sign_in.leave": "kiosk.hall.sign_in:leave",
    "hall.step_up.enter": "kiosk.operators.service:_proved",
    "hall.case.take": "kiosk.cases.desk:take",
    "hall.case.decide": "kiosk.cases.desk:decide",
    "hall.bundles.close": "kiosk.cases.bundle_closing:close",
    "hall.checking.save": "kiosk.cases.checking:save",
    "hall.passing.hand_over": "kiosk.cases.passing_on:hand_over",
    "hall.passing.release": "kiosk.cases.passing_on:_free",
    "hall.passing.route": "kiosk.cases.passing_on:route",
    "hall.passing.pause": "kiosk.cases.pausing:pause",
    "hall.passing.resume": "kiosk.cases.pausing:resume",
    "hall.follow_ups.settle": "kiosk.cases.kept_promises:settle",
    "api.DecisionsView": "kiosk.cases.desk:decide",
    "hall.help_service.judge": "kiosk.cases.help.verdicts:give",
    "hall.redress.take_step": "kiosk.cases.redress_steps:take",
    "hall.redress.rule": "kiosk.cases.redress_steps:take",
    "hall.rolling.stage": "kiosk.hall.staging:stage",
    "hall.rolling.make_current": "kiosk.hall.releasing:_adopt",
    "hall.terminals.approve": "kiosk.hall.enrolment:approve",
    "hall.terminals.revoke": "kiosk.hall.enrolment:revoke",
    "hall.tending.do": "kiosk.hall.caring:ask_anew kiosk.hall.caring:go_on",
    "hall.tending.pause": "kiosk.hall.caring:pause",
    "hall.tending.note": "kiosk.hall.caring:write_note",
    "hall.tending.caretaker": "kiosk.hall.caring:name_caretaker",
    "hall.tending.prove": "kiosk.hall.caring:prove_now",
    "hall.invitations.make": "kiosk.hall.enrolment:invite",
    "hall.sync_api.enrol": "kiosk.hall.enrolment:_a_new_one kiosk.hall.enrolment:_in_the_place_of",
    "hall.rejoining.let_go_on": "kiosk.hall.rejoining:rejoin kiosk.hall.rejoining:take_back",
    "hall.replacing.make": "kiosk.hall.enrolment:invite",
    "hall.tablets.revoke": "kiosk.hall.tablets:revoke",
    "hall.quarantine.replay": "kiosk.hall.resolving:_note",
    "hall.quarantine.correct": "kiosk.hall.resolving:_note",
    "hall.quarantine.set_aside": "kiosk.hall.seconding:propose",
    "hall.quarantine.answer": "kiosk.hall.resolving:_note kiosk.hall.seconding:decline",
    "hall.carriers.take": "kiosk.hall.carriers:_taken",
    "hall.carriers.collect": "kiosk.hall.carriers:_taken",
    "hall.accounts.open_account": "kiosk.operators.service:create",
    "hall.accounts.disable": "kiosk.operators.service:disable",
    "hall.account.change": "kiosk.operators.service:change",
    "hall.account.reset": "kiosk.operators.service:set_password",
    "hall.account.end_sessions": "kiosk.operators.service:end_sessions",
    "hall.departments.set_up": "kiosk.operators.departments:set_up",
    "hall.departments.change": "kiosk.hall.dividing:change",
    "hall.single_items.give": "kiosk.hall.excepting:give",
    "hall.single_items.take_back": "kiosk.hall.excepting:take_back",
    "hall.alerts.silence": "kiosk.hall.alerting.silencing:begin",
    "hall.alerts.end_silence": "kiosk.hall.alerting.silencing:end",
    "hall.alert_channels.add": "kiosk.hall.alerting.channels:add",
    "hall.alert_channels.test": "kiosk.hall.alerting.channels:try_out",
    "hall.alert_channels.remove": "kiosk.hall.alerting.channels:remove",
    "hall.queues.retry": "kiosk.hall.queues:retry",
    "hall.queues.retry_all": "kiosk.hall.queues:retry_all",
    "hall.queues.delete": "kiosk.hall.queues:delete",
    "hall.records.prove": "kiosk.operators.chain:prove_and_keep",
}
#: Nobody acts there, or what is done changes nothing that anybody else sees.
NOT_RECORDED = {
    "hall.home.speak": "the language of one's own pages",
    "hall.sync_api.receive": "a terminal speaks; the ledger has every entry, signed",
    "hall.sync_api.tell": "a terminal asks for its feed",
    "hall.sync_api.hand_release": "a terminal asks for a release",
    "hall.sync_api.certify": "a terminal asks for its certificate anew",
    "hall.sync_api.receive_piece": "a terminal sends a file that the ledger names",
    "hall.sync_recovery.give_back": "a terminal asks for what it sent before",
    "hall.sync_recovery.grant": "a terminal asks for the next epoch; the epochs are kept",
}
_ACT = re.compile(r"audit\.(?:record|record_at_hall|note)\(\s*(?:session,\s*)?\"([a-z_.]+)\"")


def writing_endpoints(app):
    return {rule.endpoint for rule in app.url_map.iter_rules() if WRITING & (rule.methods or set())}


def test_every_address_that_writes_says_how_it_is_recorded(apps):
    told = {*VERBS, *NOT_RECORDED, *witness.LOOKS}
    assert writing_endpoints(apps["hall"]) - told == set()


def test_nothing_is_told_of_addresses_that_are_no_more(apps):
    there = set(apps["hall"].view_functions)
    assert {*VERBS, *NOT_RECORDED, *witness.LOOKS} - there == set()


@pytest.mark.parametrize("endpoint", VERBS)
def test_its_verb_writes_the_record(endpoint):
    for place in VERBS[endpoint].split():
        module, _, name = place.partition(":")
        verb = getattr(importlib.import_module(module), name)
        source = inspect.getsource(verb)
        assert re.search(r"audit\.(record|record_at_hall|note)\(|desk_events\.note\(", source), (
            f"{place} records nothing"
        )


def test_every_act_in_the_code_has_words():
    acts = {look.act for look in witness.LOOKS.values()}
    acts |= {f"case.{kind}" for kind in desk_events.KINDS}
    for file in python_files("kiosk"):
        acts |= set(_ACT.findall(file.read_text(encoding="utf-8")))
    assert len(acts) > 30
    assert acts - set(ACTS) == set()
