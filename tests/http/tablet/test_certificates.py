"""The hall's authority and a terminal's certificate: for its own network, renewed, shown to people."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from kiosk import certifying, clock
from kiosk.carriers import report
from kiosk.errors import Invalid
from kiosk.hall import authority
from kiosk.hall.alerting import findings
from kiosk.tls import asking, names
from kiosk.tls.files import TlsFiles
from sync.certify import certify
from sync.transport import HallRefuses
from tests.builders.clerks import signed_in
from tests.builders.machines import Pair


@pytest.fixture
def files(pair):
    return TlsFiles.below(pair.terminal.parts.config.data_dir)


@pytest.fixture
def ends(pair):
    """When the certificate ends that the terminal has got just now."""
    return certifying.renew(pair.exchange, pair.terminal.parts.config)


def test_a_certificate_is_for_the_terminals_own_names_and_for_a_year(pair, files, ends):
    made = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    issuer = x509.load_pem_x509_certificate(files.authority.read_bytes())
    made.verify_directly_issued_by(issuer)
    told = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in told} == set(names.own(pair.terminal.parts.config))
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(days=397)
    permitted = issuer.extensions.get_extension_for_class(x509.NameConstraints)
    assert permitted.critical and "local" in {
        name.value for name in permitted.value.permitted_subtrees
    }


def test_another_is_due_a_month_before_the_end_and_for_other_names(pair, files, ends):
    own, now = names.own(pair.terminal.parts.config), clock.now()
    assert not files.is_due(own, now)
    assert not files.is_due(own, ends - timedelta(days=31))
    assert files.is_due(own, ends - timedelta(days=29))
    assert files.is_due((*own, "10.9.8.7"), now)
    files.certificate.unlink()
    assert files.is_due(own, now)


@pytest.fixture
def tells(pair, monkeypatch):
    """Let the terminal report in full, as its worker does; it serves HTTPS at this port or not."""
    monkeypatch.setattr(
        Pair, "_status", lambda self, session: report.status(session, self.terminal.parts)
    )

    def with_port(port: int) -> None:
        parts = pair.terminal.parts
        changed = replace(parts, config=replace(parts.config, tls_port=port))
        pair.terminal.app.extensions["kiosk"] = changed
        pair.pull()

    before = pair.terminal.parts
    yield with_port
    pair.terminal.app.extensions["kiosk"] = before


def test_its_end_is_on_the_terminals_page_and_an_alert_when_no_other_is_served(
    pair, files, ends, tells
):
    hall, number = pair.hall, pair.known_terminal().number
    tells(8443)
    admin = signed_in(hall, "admin")

    def is_told() -> tuple[bool, bool]:
        with hall.reading() as session:
            fired = ("certificate", number) in findings.found(session, hall.parts, clock.now())
        return fired, "本应自动更换" in admin.page(f"/terminals/{number}")

    assert "前有效" in admin.page(f"/terminals/{number}")
    with clock.use(lambda: ends - timedelta(days=29, hours=1)):
        admin = signed_in(hall, "admin", "one")
        assert is_told() == (False, False)
    with clock.use(lambda: ends - timedelta(days=28)):
        admin = signed_in(hall, "admin", "other")
        # The next one is signed, and the terminal has no room to keep it.
        certify(pair.exchange, asking.request(asking.new_key(), ["localhost"]))
        tells(8443)
        assert is_told() == (True, True)
        certifying.renew(pair.exchange, pair.terminal.parts.config)
        tells(8443)
        assert is_told() == (False, False)


def test_no_end_is_told_of_a_terminal_whose_https_is_off(pair, ends, tells):
    number = pair.known_terminal().number
    admin = signed_in(pair.hall, "admin", "third")
    tells(8443)
    assert "前有效" in admin.page(f"/terminals/{number}")
    tells(0)
    assert "前有效" not in admin.page(f"/terminals/{number}")
    with pair.hall.reading() as session, clock.use(lambda: ends + timedelta(days=1)):
        assert ("certificate", number) not in findings.found(session, pair.hall.parts, clock.now())


def test_a_new_certificate_has_a_new_key_and_the_same_authority(pair, files, ends):
    before = files.certificate.read_bytes(), files.authority.read_bytes()
    certifying.renew(pair.exchange, pair.terminal.parts.config)
    assert files.certificate.read_bytes() != before[0]
    assert files.authority.read_bytes() == before[1]


@pytest.mark.parametrize(
    "wanted",
    [[], ["bank.example.com"], ["8.8.8.8"], ["localhost", "xn--fiqs8s"], ["a.local"] * 21],
    ids=str,
)
def test_the_authority_signs_for_nothing_beyond_the_stations_network(pair, files, ends, wanted):
    before = files.certificate.read_bytes()
    with pytest.raises(HallRefuses, match="422"):
        certify(pair.exchange, asking.request(asking.new_key(), wanted))
    assert files.certificate.read_bytes() == before


def test_nobody_gets_a_certificate_for_the_name_of_another_terminal(pair):
    own, hall = pair.known_terminal().number, pair.hall

    def sign(number: str, *wanted: str) -> None:
        hall.within(authority.sign, hall.parts, asking.request(asking.new_key(), wanted), number)

    for _ in range(2):
        sign(own, "jishiban-7.local", "localhost", "192.168.7.7")
    with pytest.raises(Invalid) as refused:
        sign("900009", "localhost", "jishiban-7.local")
    assert "another terminal" in refused.value.message.en
    sign("900009", "localhost", "192.168.7.7", "jishiban-9.local")
    sign(own, "jishiban-8.local")
    sign("900009", "jishiban-7.local")


def test_a_stolen_key_of_the_authority_is_good_for_no_name_on_the_internet(pair, monkeypatch):
    monkeypatch.setattr(authority, "_is_allowed", lambda name: True)
    hall = pair.hall

    def is_trusted(name: str) -> bool:
        request = asking.request(asking.new_key(), [name])
        signed, issuer = hall.within(authority.sign, hall.parts, request, "100001")
        store = Store([x509.load_pem_x509_certificate(issuer.encode())])
        judge = PolicyBuilder().store(store).build_server_verifier(x509.DNSName(name))
        try:
            return bool(judge.verify(x509.load_pem_x509_certificate(signed.encode()), []))
        except VerificationError:
            return False

    assert is_trusted("station-7.local")
    assert not is_trusted("bank.example.com")


@pytest.mark.parametrize("request_text", ["", "x" * 9000, "-----BEGIN CERTIFICATE REQUEST-----"])
def test_what_is_no_request_is_refused(pair, request_text):
    with pytest.raises(HallRefuses, match="422"):
        certify(pair.exchange, request_text)


def test_a_certificate_for_another_key_is_not_taken(pair):
    answer = certify(pair.exchange, asking.request(asking.new_key(), ["localhost"]))
    with pytest.raises(ValueError, match="another key"):
        asking.checked(asking.new_key(), answer.certificate, answer.authority)


def test_people_compare_one_fingerprint_on_both_screens(pair, files, ends, tablet):
    issuer = x509.load_pem_x509_certificate(files.authority.read_bytes())
    fingerprint = issuer.fingerprint(hashes.SHA256()).hex(":").upper()
    rows = [fingerprint[start : start + 23] for start in range(0, 95, 24)]
    page = tablet.client.get("/pair").text
    assert all(row in page for row in rows) and "https://localhost:8443/pair" in page
    assert tablet.client.get("/pair/ca.crt").data == files.authority.read_bytes()
    with tablet.client.session_transaction() as session:
        session["pairing_code"] = "ABCDEFGH"
    shown = tablet.client.get("/staff/tablets/code").text
    assert all(row in shown for row in rows)


@pytest.mark.parametrize(
    ("name", "is_local"),
    [
        ("localhost", True),
        ("station-7.local", True),
        ("192.168.1.7", True),
        ("fe80::1", True),
        ("local", True),
        ("notlocal", False),
        ("local.example", False),
        ("*.local", False),
        ("-.local", False),
        ("", False),
        ("1.2.3.4", False),
    ],
)
def test_names_of_networks_of_ones_own(name, is_local):
    assert names.is_local(name) == is_local
