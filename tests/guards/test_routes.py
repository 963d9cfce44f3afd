"""Every address of both roles: who may call it, and where its code is."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from docs import make_map
from kiosk.operators.access import ANY_DEVICE, DEVICE, PUBLIC, declared
from kiosk.operators.model import ROLES as OPERATOR_ROLES

WRITING = {"POST", "PUT", "PATCH", "DELETE"}
#: Pages whose address is not below the role's own name: health checks are on both.
ROLE_PAGES = {"terminal": "terminal.", "hall": "hall."}


def calls(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"OPTIONS"}:
            yield rule, "GET" if method == "HEAD" and "GET" in (rule.methods or ()) else method


def ours(app: Flask, endpoint: str) -> bool:
    view: Any = app.view_functions[endpoint]
    view = getattr(view, "view_class", None) or inspect.unwrap(view)
    return bool(view.__module__.split(".")[0] == "kiosk")


@pytest.mark.parametrize("role", make_map.ROLES)
def test_every_view_declares_who_may_call_it(apps, role):
    app = apps[role]
    undeclared = {
        f"{method} {rule.rule} ({rule.endpoint})"
        for rule, method in calls(app)
        if declared(app, rule.endpoint, method) is None
    }
    assert undeclared == set()


@pytest.mark.parametrize("role", make_map.ROLES)
def test_views_name_roles_that_exist(apps, role):
    app = apps[role]
    known = PUBLIC | set(OPERATOR_ROLES) | {DEVICE, ANY_DEVICE}
    for rule, method in calls(app):
        access = declared(app, rule.endpoint, method)
        assert access, f"nobody may call {method} {rule.rule}"
        assert access <= known, f"{method} {rule.rule}: {access - known}"
        assert access == PUBLIC or "public" not in access, f"{rule.rule} is public and is not"
        assert access != {DEVICE}, f"{rule.rule} asks for a tablet and for nobody who holds it"
        assert access == {ANY_DEVICE} or ANY_DEVICE not in access, f"{rule.rule} mixes two rights"


@pytest.mark.parametrize("role", make_map.ROLES)
def test_what_a_revoked_tablet_may_call_is_listed_here(apps, role):
    app = apps[role]
    open_to_revoked = {
        f"{method} {rule.rule}"
        for rule, method in calls(app)
        if ANY_DEVICE in (declared(app, rule.endpoint, method) or ())
    }
    sealed = {"POST /api/v1/tablet/sealed"}
    assert open_to_revoked == (sealed if role == "terminal" else set())


@pytest.mark.parametrize("role", make_map.ROLES)
def test_all_that_tablets_call_asks_for_a_tablet(apps, role):
    app = apps[role]
    for rule, method in calls(app):
        if rule.rule.startswith("/api/v1/tablet"):
            assert {DEVICE, ANY_DEVICE} & (declared(app, rule.endpoint, method) or set()), rule


@pytest.mark.parametrize("role", make_map.ROLES)
def test_the_endpoint_of_a_page_is_the_path_of_its_code(apps, role):
    astray = []
    for endpoint, view in apps[role].view_functions.items():
        if hasattr(view, "view_class") or not ours(apps[role], endpoint):
            continue
        written = inspect.unwrap(view)
        place = f"{written.__module__}.{written.__qualname__}".removeprefix("kiosk.")
        if place.removeprefix("api.") != endpoint:
            astray.append(f"{endpoint} is kiosk.{place}")
    assert astray == []


@pytest.mark.parametrize("role", make_map.ROLES)
def test_the_endpoint_of_an_api_view_is_its_module_and_class(apps, role):
    astray = []
    for endpoint, view in apps[role].view_functions.items():
        owner = getattr(view, "view_class", None)
        if owner is None:
            continue
        module = owner.__module__.rpartition(".")[2]
        allowed = {f"kiosk.api.{module}", f"kiosk.{role}.api", f"kiosk.{role}.{module}"}
        if endpoint != f"{module}.{owner.__name__}" or owner.__module__ not in allowed:
            astray.append(f"{endpoint} is {owner.__module__}.{owner.__name__}")
    assert astray == []


@pytest.mark.parametrize("role", make_map.ROLES)
def test_a_role_offers_only_its_own_pages(apps, role):
    other = ROLE_PAGES["hall" if role == "terminal" else "terminal"]
    assert [name for name in apps[role].view_functions if name.startswith(other)] == []


def test_nothing_public_writes_at_the_hall_but_what_is_listed_here(apps):
    """Whoever adds an address that anybody may write to says so here, with a reason."""
    allowed = {
        "api.SessionView": "signing in is for those who are not signed in",
        "session.SessionView": "signing in is for those who are not signed in",
        "hall.sign_in.enter": "signing in is for those who are not signed in",
        "hall.sign_in.leave": "signing out twice is no error",
        "hall.home.speak": "the language of a page is nobody's secret",
        "hall.sync_api.enrol": "opened by a one-time code",
        "hall.sync_api.receive": "asks for a terminal's signature itself",
        "hall.sync_api.tell": "asks for a terminal's signature itself",
        "hall.sync_api.hand_release": "asks for a terminal's signature itself",
        "hall.sync_api.certify": "asks for a terminal's signature itself",
        "hall.sync_recovery.give_back": "asks for a terminal's signature itself",
        "hall.sync_recovery.grant": "asks for a terminal's signature itself",
        "hall.sync_api.receive_piece": "asks for a terminal's signature itself",
    }
    app = apps["hall"]
    found = {
        rule.endpoint
        for rule, method in calls(app)
        if method in WRITING and declared(app, rule.endpoint, method) == PUBLIC
    }
    assert found <= set(allowed)


def test_the_map_is_up_to_date(request):
    page = make_map.render()
    if request.config.getoption("--update-golden", default=False):
        make_map.TARGET.write_text(page, encoding="utf-8")
    assert page == make_map.TARGET.read_text(encoding="utf-8"), (
        "run `.venv/bin/python docs/make_map.py`"
    )
