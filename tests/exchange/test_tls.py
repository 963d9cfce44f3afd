"""A terminal serves HTTPS to whoever trusts the hall's authority, and to nobody else."""

import http.client
import json
import os
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.builders.platforms import RunningPlatform, run_kiosk, until


def serial_seen(platform: RunningPlatform, host: str, trusted: str | None) -> str:
    """Open the page of pairing; return the serial number of the certificate it came with."""
    context = ssl.create_default_context(cadata=trusted)
    connection = http.client.HTTPSConnection(host, platform.tls_port, context=context, timeout=15)
    try:
        connection.request("GET", "/pair")
        answer = connection.getresponse()
        page = answer.read().decode()
        assert answer.status == 200
        assert "https://" not in page, "whoever is there already is not sent there"
        return str(connection.sock.getpeercert()["serialNumber"])
    finally:
        connection.close()


def trusting(folder: Path, authority: Path) -> Path:
    """Make the home of somebody whose browser trusts this authority, as `/pair` says it."""
    store = folder / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for words in (
        ["-N", "--empty-password"],
        ["-A", "-t", "C,,", "-n", "hall", "-i", str(authority)],
    ):
        subprocess.run(["certutil", "-d", f"sql:{store}", *words], check=True, timeout=30)
    return folder


def shown_by_a_browser(home: Path, address: str) -> str:
    """Return the page that a Chromium of this home shows at an address."""
    switches = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={home / 'profile'}",
    ]
    done = subprocess.run(
        ["/usr/bin/chromium", *switches, "--dump-dom", address],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    return done.stdout


def test_an_approved_terminal_gets_its_certificate_and_serves_with_it(platform):
    tls = platform.folder / "terminal" / "tls"
    until(lambda: (tls / "terminal.json").exists(), 30, "the certificate")
    authority = (tls / "ca.crt").read_text()
    first = serial_seen(platform, "localhost", authority)
    assert serial_seen(platform, "127.0.0.1", authority) == first
    with pytest.raises(ssl.SSLCertVerificationError):
        serial_seen(platform, "localhost", None)
    assert (tls / "terminal.pem").stat().st_mode & 0o077 == 0
    kept = (platform.folder / "hall" / "keys" / "authority.json").read_text()
    assert "PRIVATE" not in kept, "the key lies wrapped"
    done = run_kiosk(
        *("terminal", "certify"),
        KIOSK_DATA_DIR=str(platform.folder / "terminal"),
        KIOSK_REDIS_URL=platform.terminal.parts.config.redis,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["fingerprint"]) == 95
    assert serial_seen(platform, "localhost", authority) != first, "taken without a restart"


def test_a_browser_takes_the_terminal_for_safe_once_it_trusts_the_authority(platform, tmp_path):
    tls = platform.folder / "terminal" / "tls"
    until(lambda: (tls / "terminal.json").exists(), 30, "the certificate")
    address = f"https://localhost:{platform.tls_port}/pair"
    stranger, home = tmp_path / "stranger", trusting(tmp_path / "home", tls / "ca.crt")
    stranger.mkdir()
    assert 'id="code"' not in shown_by_a_browser(stranger, address)
    assert 'id="code"' in shown_by_a_browser(home, address)
