"""When backups were made: what monitor, status and health tell of them.

A run is noted when it begins, so that one that was killed is seen too. The rows are for people;
what a backup holds stands in its manifest. Neighbour: ``making`` writes them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk import clock
from sync.tables import Base

#: A nightly backup that has failed once is late; so is one that never ran.
LATE = timedelta(hours=36)
#: No run takes so long: it was killed.
_LONGEST = timedelta(hours=12)
#: So many runs are remembered.
_REMEMBERED = 50


class BackupRun(Base):
    """One run; without ``finished_at`` it goes on, was killed or failed."""

    __tablename__ = "backup_run"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    #: The backup's folder, without where that lies.
    name: Mapped[str | None] = mapped_column(String(40))
    bytes: Mapped[int | None]
    #: Why it failed, or what is not whole in it.
    problem: Mapped[str | None] = mapped_column(String(300))


@dataclass(frozen=True, slots=True)
class BackupState:
    """When the last backup was finished, what was wrong with the last run, is one late."""

    last_at: datetime | None
    problem: str | None
    is_late: bool

    def as_json(self) -> dict[str, object]:
        """Return JSON values."""
        at = self.last_at.isoformat() if self.last_at else None
        return {"last_at": at, "problem": self.problem, "late": self.is_late}


def begin(session: Session) -> str:
    """Note that a run begins, forget very old ones, and return its id; the caller commits."""
    newest = select(BackupRun.id).order_by(BackupRun.started_at.desc()).limit(_REMEMBERED)
    session.execute(delete(BackupRun).where(BackupRun.id.not_in(session.scalars(newest).all())))
    run = BackupRun(id=clock.new_id(), started_at=clock.now())
    session.add(run)
    return run.id


def end(session: Session, run_id: str, name: str, size: int, problem: str | None) -> None:
    """Note that a run has finished; the caller commits."""
    run = session.get_one(BackupRun, run_id)
    run.finished_at, run.name, run.bytes = clock.now(), name, size
    run.problem = problem and problem[:300]


def fail(session: Session, run_id: str, problem: str) -> None:
    """Note why a run has not finished; the caller commits."""
    session.get_one(BackupRun, run_id).problem = problem[:300]


def forget_unfinished(session: Session) -> None:
    """Forget the runs that have not finished: a backup holds the beginning of its own."""
    session.execute(delete(BackupRun).where(BackupRun.finished_at.is_(None)))


def state(session: Session) -> BackupState:
    """Return how this machine is backed up."""
    runs = session.scalars(select(BackupRun).order_by(BackupRun.started_at.desc())).all()
    finished = next((run for run in runs if run.finished_at is not None), None)
    last_at = finished.finished_at if finished else None
    problem = runs[0].problem if runs else None
    if runs and runs[0].finished_at is None and runs[0].started_at < clock.now() - _LONGEST:
        problem = problem or "the last run was cut off before its end"
    return BackupState(last_at, problem, last_at is None or clock.now() - last_at > LATE)
