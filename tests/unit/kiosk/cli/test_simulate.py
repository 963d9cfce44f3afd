"""`kiosk terminal simulate` gives a code that the terminal of the same folder takes, once."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli.stand_in import SOMEBODY, issue
from kiosk.credentials import issuers
from kiosk.credentials.stand_in import recognise
from kiosk.errors import Invalid
from kiosk.materials import scan


@pytest.mark.parametrize("kind", ["resident", "insurance"])
def test_a_simulated_code_is_drawn_read_and_good_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path))
    drawing = tmp_path / "code.png"
    printed = CliRunner().invoke(issue, [kind, "--png", str(drawing)])
    assert printed.exit_code == 0, printed.output
    (text,) = scan.read_codes(drawing.read_bytes())
    assert text == printed.stdout.strip()
    credential = recognise(text)
    assert credential is not None
    assert credential.kind == kind
    assert issuers.identify(credential, tmp_path) == SOMEBODY
    with pytest.raises(Invalid):
        issuers.identify(credential, tmp_path)
