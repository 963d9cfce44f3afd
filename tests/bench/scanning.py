"""How long a camera's frame with a code takes to be read, over HTTP, from one browser."""

from collections.abc import Iterator

from tests.bench.client import exchange, request
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.stage import cpu_seconds, prepared
from tests.codes.making import EACH, FAMILIES, every_sample
from tests.codes.table import frame

ROUNDS = 1
_BOUNDARY = "frame0123456789"


def measure() -> Iterator[Figure]:
    """Send every picture of the generated set, one after the other, as the live camera does."""
    frames = [frame(sample.picture) for sample in every_sample()]
    requests = [_upload(picture) for picture in frames]
    with prepared() as stage:
        stage.start("terminal-web")
        # The child is started by the first frame, as it is when somebody opens the page.
        exchange(stage.terminal_port, requests[:20], connections=1)
        watch, processes = Watch.start(), stage.processes("terminal-web")
        used = cpu_seconds(processes)
        outcome = exchange(stage.terminal_port, requests * ROUNDS, connections=1)
        own = cpu_seconds(processes) - used + outcome.cpu_seconds
        others = watch.others(own)
    # Frames without a code that can be read go all steps: they are counted too.
    conditions = (
        f"{len(FAMILIES)} families of {EACH} frames of 1280x720 in {ROUNDS} round(s), "
        f"{sum(map(len, frames)) // len(frames):,} bytes each, one at a time, "
        f"p95 {percentile(outcome.milliseconds, 0.95):.0f} ms, {dict(outcome.statuses)}, "
        f"{own * 1000 / len(outcome.milliseconds):.0f} ms of processor time each; {others}"
    )
    yield Figure(
        "scan_p50",
        round(percentile(outcome.milliseconds, 0.5), 1),
        "ms",
        len(outcome.milliseconds),
        conditions,
    )


def _upload(picture: bytes) -> bytes:
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="image"; '
        f'filename="frame.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = head.encode() + picture + f"\r\n--{_BOUNDARY}--\r\n".encode()
    kind = f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
    return request("POST", "/api/v1/scan", body, kind)
