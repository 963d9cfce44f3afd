"""How long forms take to be opened and answers to be judged, in this process alone."""

import time
from collections.abc import Iterator
from pathlib import Path

import forms
from forms.release import open_release
from forms.schema import validate
from tests.bench.figure import Figure, Watch, percentile

OPENINGS = 30
TURNS = 40


def measure() -> Iterator[Figure]:
    """Open the shipped release with all its items; judge every sample that passes."""
    release = next((Path(forms.__file__).parent / "releases").glob("*.json"))
    watch, openings = Watch.start(), []
    for _ in range(OPENINGS):
        begun = time.perf_counter()
        items = [*open_release(release).items.values()]
        openings.append((time.perf_counter() - begun) * 1000)
    machine = f"{watch.others(sum(openings) / 1000)}"
    opened = round(percentile(openings, 0.5), 2)
    size = f"{len(items)} items, {release.stat().st_size:,} bytes, hash checked, all decoded"
    yield Figure("catalogue_load", opened, "ms", OPENINGS, f"{size}; {machine}")

    judged = []
    for turn in range(TURNS + 1):
        for item in items:
            for sample in item.samples:
                if sample.expect:
                    continue
                begun = time.perf_counter()
                validate(item, sample.answers, sample.today)
                # The first turn builds the schemas.
                judged += [(time.perf_counter() - begun) * 1000] if turn else []
    told = f"every passing sample of every item; p99 {percentile(judged, 0.99):.2f} ms"
    yield Figure("validate_median", round(percentile(judged, 0.5), 3), "ms", len(judged), told)
