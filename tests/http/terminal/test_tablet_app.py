"""What the tablets' app is made of: the same for everybody, packed, and named by the release."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from kiosk.app import STATIC
from tests.builders.machines import Machine


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path
) -> Iterator[FlaskClient]:
    """A browser at one terminal for all: nothing here changes anything."""
    folder = tmp_path_factory.mktemp("terminal")
    shutil.copyfile(migrated_sqlite, folder / "terminal.db")
    machine = Machine.made("terminal", folder)
    yield machine.client()
    machine.close()


@pytest.fixture(scope="module")
def told(client: FlaskClient) -> dict[str, Any]:
    """What the service worker is told."""
    script = client.get("/tablet/sw.js").get_data(as_text=True)
    return dict(json.loads(script.partition("self.TABLET=")[2].partition(";\n")[0]))


def test_the_shell_holds_nobody_and_speaks_the_language_it_is_asked_for(client):
    chinese, english = (client.get(f"/tablet/?lang={each}") for each in ("zh", "en"))
    assert (chinese.status_code, english.status_code) == (200, 200)
    assert "Set-Cookie" not in chinese.headers
    assert "csrf" not in chinese.get_data(as_text=True)
    assert "开始填写" in chinese.get_data(as_text=True)
    assert "Fill in the form" in english.get_data(as_text=True)


def test_the_worker_names_the_release_and_is_asked_for_again(client, told):
    answer = client.get("/tablet/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/tablet/"
    assert answer.cache_control.no_cache
    assert told["release"] == client.get("/api/v1/items").get_json()["release"]
    assert len(told["codes"]) == 121


def test_a_form_comes_packed_with_all_its_sections_and_no_values(client, told):
    answer = client.get(f"/tablet/forms/{told['release']}/zh/MZ-006")
    assert answer.mimetype == "application/octet-stream"
    assert answer.cache_control.immutable
    assert "Content-Encoding" not in answer.headers
    form = json.loads(gzip.decompress(answer.data))
    sections = [section["id"] for section in form["item"]["sections"]]
    assert all(f'data-section="{each}"' in form["html"] for each in sections)
    assert 'name="q.name" type="text" value=""' in form["html"]
    assert answer.data == client.get(f"/tablet/forms/{told['release']}/zh/MZ-006").data


def test_a_bundle_has_one_form_and_tells_what_its_members_promise(client, told):
    answer = client.get(f"/tablet/forms/{told['release']}/en/YJS-01")
    form = json.loads(gzip.decompress(answer.data))
    assert form["ticked"] and len(form["members"]) == 3
    wanted = form["members"][0]["code"]
    places = client.get(f"/tablet/places/{told['release']}/YJS-01/{wanted}")
    assert places.status_code == 200 and isinstance(places.get_json(), dict)


@pytest.mark.parametrize(
    "path",
    [
        "/tablet/forms/{release}/zh/XX-999",
        "/tablet/forms/{release}/fr/MZ-006",
        "/tablet/forms/{other}/zh/MZ-006",
        "/tablet/names/{other}/zh",
        "/tablet/places/{other}/YJS-01/MZ-001",
        "/tablet/places/{release}/MZ-006/MZ-006",
    ],
)
def test_what_is_not_of_this_release_is_not_there(client, told, path):
    address = path.format(release=told["release"], other="0" * 64)
    assert client.get(address).status_code == 404


def test_everything_that_the_worker_keeps_is_there(client, told):
    assert (STATIC / "service-worker.js").is_file()
    for address in (
        f"/tablet/names/{told['release']}/en",
        f"/api/v1/search-index/{told['index']}",
        "/static/manifest.webmanifest",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        answer.close()
