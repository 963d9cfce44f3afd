"""Stands in for maturin where the source of datalogic-py is installed for the tests.

That package is the only one found that holds the public suite of JSON Logic (`tests.json` of
jsonlogic.com, here as named cases). Only the suite is wanted, and no compiler: the wheel made here
has that one file and its licence (Apache-2.0). Called by pip as PEP 517 says; `deploy/setup.sh`
calls pip, `tests/builders/public_rules.py` reads the file.
"""

import email
import zipfile
from pathlib import Path
from typing import Any

PACKAGE = "json_logic_suite"
SUITE = "crates/datalogic-rs/tests/suites/compatible.json"
WHEEL = "Wheel-Version: 1.0\nGenerator: jishiban\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Make the wheel of the source in the working folder; return its file name."""
    about = Path("PKG-INFO").read_text("utf-8")
    version = email.message_from_string(about)["Version"]
    told = f"datalogic_py-{version}.dist-info"
    files = {
        f"{PACKAGE}/compatible.json": Path(SUITE).read_text("utf-8"),
        f"{PACKAGE}/LICENSE": Path("LICENSE").read_text("utf-8"),
        f"{told}/METADATA": about,
        f"{told}/WHEEL": WHEEL,
    }
    files[f"{told}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{told}/RECORD"))
    name = f"datalogic_py-{version}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
    return name
