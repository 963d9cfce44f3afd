"""A terminal serves HTTPS to whoever trusts the hall's authority, and to nobody else."""

import http.client
import ssl

import pytest

from tests.builders.platforms import RunningPlatform, until


def status(platform: RunningPlatform, host: str, trusted: str | None) -> int:
    context = ssl.create_default_context(cadata=trusted)
    connection = http.client.HTTPSConnection(host, platform.tls_port, context=context, timeout=15)
    try:
        connection.request("GET", "/pair")
        answer = connection.getresponse()
        page = answer.read().decode()
        assert "https://" not in page, "whoever is there already is not sent there"
        return answer.status
    finally:
        connection.close()


def test_an_approved_terminal_gets_its_certificate_and_serves_with_it(platform):
    tls = platform.folder / "terminal" / "tls"
    until(lambda: (tls / "terminal.json").exists(), 30, "the certificate")
    authority = (tls / "ca.crt").read_text()
    assert status(platform, "localhost", authority) == 200
    assert status(platform, "127.0.0.1", authority) == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        status(platform, "localhost", None)
    assert (tls / "terminal.pem").stat().st_mode & 0o077 == 0
    kept = (platform.folder / "hall" / "keys" / "authority.json").read_text()
    assert "PRIVATE" not in kept, "the key lies wrapped"
