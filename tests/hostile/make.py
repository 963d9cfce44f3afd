"""The command `python -m tests.hostile.make DIR`: writes both hostile sets as files, to try by hand.

Always the same files. Neighbours: `symbols` and `uploads` make them.
"""

import sys
from pathlib import Path

from tests.builders.pictures import encoded
from tests.hostile import symbols, uploads


def main(folder: Path) -> None:
    """Write `codes/*.png` and `uploads/*.jpg`."""
    for part in ("codes", "uploads"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, draw in symbols.pictures().items():
        (folder / "codes" / f"{name}.png").write_bytes(encoded(draw(), "PNG"))
    for name, make in uploads.FILES.items():
        (folder / "uploads" / f"{name}.jpg").write_bytes(make())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
