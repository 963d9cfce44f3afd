"""The command `python -m tests.codes`: the table of docs/performance.md, as Markdown."""

import sys

from tests.codes.making import SEED, every_sample
from tests.codes.table import count


def main() -> int:
    """Print what every way reads, by family; 1 when the product's own way reads something wrong."""
    families, counts = count(every_sample())
    total = sum(families.values())
    print(f"{total} pictures, seed {SEED}\n")
    print("| way | read | wrong text | mean ms |\n|---|---|---|---|")
    for name, found in counts.items():
        mean = found.milliseconds / total
        print(f"| {name} | {sum(found.read.values())} | {found.wrong} | {mean:.0f} |")
    names = list(counts)
    shown = (names[1], names[3], names[-1])
    print("\n| family | pictures | " + " | ".join(shown) + " |\n" + "|---" * 5 + "|")
    for family, pictures in families.items():
        cells = " | ".join(str(counts[name].read[family]) for name in shown)
        print(f"| {family} | {pictures} | {cells} |")
    return 1 if counts[names[-1]].wrong else 0


if __name__ == "__main__":
    sys.exit(main())
