"""Every place of `sync.faultpoint`, by the journey on which real processes come to it.

Along each journey the places are armed all at once: whatever was killed at one has to come back
and go on by itself to reach the next. A guard compares the names with those in the code.
"""

#: The terminal takes a case, tells its worker, and the worker brings it to the hall.
HANDING_IN = (
    *("blob.written", "submission.written", "submission.committed", "submission.answered"),
    *("push.sealed", "envelope.accepted", "envelope.committed"),
    *("push.answered", "push.noted", "push.done"),
)
#: Its pictures follow in pieces.
FILES = ("blob.received", "carry.piece", "blob.finished")
#: A clerk decides, and the terminal is told.
DECIDING = (
    *("decision.written", "decision.committed"),
    *("pull.answered", "pull.item", "pull.applied"),
)
#: A release of the catalogue comes into use at the terminal.
RELEASING = ("release.piece", "release.kept")
#: A database gets its schema.
MIGRATING = ("migration.step",)

ALL = {*HANDING_IN, *FILES, *DECIDING, *RELEASING, *MIGRATING}
