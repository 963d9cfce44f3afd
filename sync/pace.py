"""How much to send at a time, learnt from how long the last sendings took.

On a thin line a piece must be small, or a new case waits half a minute behind a photograph and a
long envelope runs into the time limit again and again; on a quick one small pieces cost time.
Neighbours: ``transport`` notes every request here, ``push`` and ``carry`` ask how much to send.
"""

from dataclasses import dataclass

#: A piece or envelope should take about this long (seconds), or as long as the answer to nothing.
AIM_SECONDS = 2.0
#: The first one on a line that is not known: four seconds on the thinnest that is worked with.
FIRST_BYTES = 32 * 1024
LEAST_BYTES = 8 * 1024
MOST_BYTES = 1024 * 1024
#: Requests below this tell how long an answer takes, larger ones how quick the line is.
_SMALL_BYTES = 1024
#: A line that was slow for a moment is found out again in a few steps.
_GROWTH = 4


@dataclass(slots=True)
class Pace:
    """What is known of one line; of a new one as little as of one that was changed."""

    #: How many bytes to send at a time.
    budget: int = FIRST_BYTES
    #: How long an answer takes when next to nothing is sent, seconds.
    latency: float = 0.0

    def note(self, count: int, seconds: float, answered: int = 0) -> None:
        """Learn from a request of ``count`` bytes whose answer was there after ``seconds``.

        One that is ``answered`` with more bytes than that says nothing: they took their time, too.
        """
        if answered > max(count, _SMALL_BYTES):
            return
        if count < _SMALL_BYTES:
            self.latency = (self.latency + seconds) / 2 if self.latency else seconds
            return
        rate = count / max(seconds - self.latency, 0.001)
        wanted = int(rate * max(AIM_SECONDS, self.latency))
        if wanted < self.budget or count * 2 > self.budget:
            self.budget = max(LEAST_BYTES, min(wanted, self.budget * _GROWTH, MOST_BYTES))

    def failed(self) -> None:
        """Send less at a time: perhaps the last was too much for this line."""
        self.budget = max(LEAST_BYTES, self.budget // 2)
