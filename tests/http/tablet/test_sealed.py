"""What a revoked tablet had not delivered: brought sealed, opened by the station, never lost."""

import base64
import hashlib
import json
import os
import re
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.cases.model import Case
from kiosk.devices import register
from tests.builders.cases import a_submission
from tests.builders.tablets import API, a_tablet
from tests.http.tablet.conftest import STAFF
from tests.http.terminal.resident import a_photograph


def sealed(key: bytes, content: object) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, json.dumps(content).encode(), None)


def key_of(tablet) -> bytes:
    return base64.b64decode(tablet.get().get_json()["unlock"]["key"])


def bring(tablet, parcel: bytes):
    headers = {"X-CSRFToken": tablet.token}
    return tablet.client.post(f"{API}/sealed", data=parcel, headers=headers)


def take_in(pair, device_id: str) -> str:
    """A colleague takes the parcels in; return the page that follows."""
    client = pair.terminal.client()
    client.post("/api/v1/session", json={"username": STAFF[0], "password": STAFF[1]})
    page = client.get("/staff/tablets").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    where = f"/staff/tablets/{device_id}/parcels"
    assert where in page
    data = {"csrf_token": token}
    return client.post(where, data=data, follow_redirects=True).text


def test_a_parcel_becomes_a_case_with_its_pictures_when_somebody_takes_it_in(pair, tablet):
    key, picture = key_of(tablet), a_photograph()
    digest = hashlib.sha256(picture).hexdigest()
    builder = a_submission(pair.terminal)
    first = next(iter(builder.attachments))
    body = tablet.case(builder.with_material(first, digest))
    parcel = sealed(
        key,
        {
            "case": body,
            "idempotency_key": str(uuid.uuid4()),
            "pictures": [{"sha256": digest, "base64": base64.b64encode(picture).decode()}],
        },
    )
    refused = bring(tablet, parcel)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "device-not-revoked")
    pair.terminal.within(register.revoke, tablet.id, "somebody")
    assert tablet.hand_in(body).get_json()["code"] == "device-revoked"
    arrived = bring(tablet, parcel)
    assert arrived.status_code == 201
    assert bring(tablet, parcel).get_json() == arrived.get_json(), "sent again, it is the same"
    page = take_in(pair, tablet.id)
    assert "已收下 1 件" in page and body["number"] in page and "平板停用后收下" in page
    assert "封存包裹" not in page
    with pair.terminal.reading() as session:
        assert session.query(Case).filter_by(number=body["number"]).one().channel == "tablet"


def test_pictures_may_come_in_parcels_of_their_own_before_the_case(pair, tablet):
    key, picture = key_of(tablet), a_photograph()
    digest = hashlib.sha256(picture).hexdigest()
    builder = a_submission(pair.terminal)
    body = tablet.case(builder.with_material(next(iter(builder.attachments)), digest))
    pair.terminal.within(register.revoke, tablet.id, "somebody")
    shown = {"sha256": digest, "base64": base64.b64encode(picture).decode()}
    for content in (
        {"pictures": [shown]},
        {"case": body, "idempotency_key": str(uuid.uuid4()), "pictures": []},
    ):
        assert bring(tablet, sealed(key, content)).status_code == 201
    page = take_in(pair, tablet.id)
    assert "已收下 1 件" in page and body["number"] in page


def test_a_case_that_was_made_when_no_number_was_left_gets_one_when_it_is_taken_in(pair, tablet):
    key, before = key_of(tablet), pair.terminal.row_counts()["cases"]
    body = tablet.case(number=None, token=None)
    pair.terminal.within(register.revoke, tablet.id, "somebody")
    assert bring(tablet, sealed(key, {"case": body, "idempotency_key": "k"})).status_code == 201
    assert "已收下 1 件" in take_in(pair, tablet.id)
    assert pair.terminal.row_counts()["cases"] == before + 1


def test_a_parcel_that_cannot_be_taken_in_stays(pair, tablet):
    key = key_of(tablet)
    incomplete = tablet.case(a_submission(pair.terminal).without_consent())
    pair.terminal.within(register.revoke, tablet.id, "somebody")
    before = pair.terminal.row_counts()["cases"]
    for parcel in (
        os.urandom(500),
        sealed(os.urandom(32), {"case": incomplete}),
        sealed(key, ["no parcel"]),
        sealed(key, {"case": incomplete, "idempotency_key": "x"}),
        sealed(key, {"case": {}, "idempotency_key": "x"}),
        sealed(key, {"case": incomplete, "pictures": [{"sha256": "0" * 64, "base64": "eA=="}]}),
    ):
        assert bring(tablet, parcel).status_code == 201
    page = take_in(pair, tablet.id)
    assert "已收下 0 件" in page and "有 6 个包裹收不下" in page
    assert "停用后送来 6 个封存包裹" in page
    assert pair.terminal.row_counts()["cases"] == before


def test_nothing_comes_in_without_the_secret_of_a_tablet_or_too_large(pair):
    stranger = pair.terminal.client().post(f"{API}/sealed", data=b"x")
    assert (stranger.status_code, stranger.get_json()["code"]) == (401, "device-unknown")
    tablet = a_tablet(pair.terminal)
    pair.terminal.within(register.revoke, tablet.id, "somebody")
    assert bring(tablet, bytes(15_000_001)).status_code == 413
    assert bring(tablet, b"").status_code == 413
