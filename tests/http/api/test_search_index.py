"""The search index that a browser searches in by itself."""

import gzip

import pytest

from forms.search import search
from kiosk.api.search_index import content_of
from tests.builders.machines import Machine, Pair

#: What the index may weigh on the line (bytes).
BUDGET = 60_000


@pytest.fixture(params=["terminal", "hall"])
def machine(request, pair: Pair) -> Machine:
    return pair.terminal if request.param == "terminal" else pair.hall


def get(machine: Machine, path: str, **headers: str):
    return machine.client().get(f"/api/v1/search-index{path}", headers=headers)


def test_it_holds_what_a_search_and_a_list_of_hits_need(machine):
    catalogue = machine.parts.catalogue
    found = get(machine, "").get_json()
    assert found["release"] == catalogue.release
    assert list(found["items"]) == sorted(catalogue.items)
    shown = found["items"]["MZ-006"]["shown"]
    assert shown["name"]["en"] == "Old-age (80+) allowance claim"
    assert shown["promised"] == {"value": 10, "unit": "working_days"}
    assert found["sounds"] == list(catalogue.sounds)
    assert search(catalogue, "底保")[0].code == "MZ-001"


def test_it_is_light(machine):
    answer = get(machine, "", **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) <= BUDGET
    assert gzip.decompress(answer.data) == content_of(machine.parts.catalogue)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_who_has_it_is_not_sent_it_again(machine, encoding):
    first = get(machine, "", **{"Accept-Encoding": encoding})
    tag = first.headers["ETag"]
    again = get(machine, "", **{"Accept-Encoding": encoding, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    other = get(machine, "", **{"If-None-Match": '"another"'})
    assert other.status_code == 200


def test_under_its_digest_it_may_be_kept_for_ever(machine):
    digest = get(machine, "").headers["ETag"].strip('"').partition(":")[0]
    answer = get(machine, f"/{digest}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    # A cookie that changes must not make the browser ask again.
    assert "Cookie" not in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers


def test_an_index_of_another_time_is_not_there_any_more(machine):
    answer = get(machine, "/" + "0" * 32)
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "search_index_unknown"
    assert answer.headers["Cache-Control"] == "no-store"
