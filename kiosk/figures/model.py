"""The tables of the figures: counts by day or month, station and item, and how far they go.

A cell with an empty station or item is the sum over all of them, so that every question reads about
as many rows as its answer has. All of it can be counted anew from cases, ledger and feed.
Neighbours: `touched` and `keeping` write, `reading` reads.
"""

from datetime import date, datetime

from sqlalchemy import Date, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.tables import Base, table_of

DAY, MONTH = "day", "month"
#: Stands for a day that is to be counted anew, as a cell without counts.
DUE = "due"
#: Stands for all stations, or for all items.
ALL = ""


class Cell(Base):
    """What was counted of one day or month (``begins`` is its first day) for a station and item."""

    __tablename__ = "figures"
    __table_args__ = (
        # One item or one station over time; the key serves one day over all of them.
        Index("ix_figures_of", "grain", "station_code", "item", "begins"),
    )

    grain: Mapped[str] = mapped_column(String(5), primary_key=True)
    begins: Mapped[date] = mapped_column(Date, primary_key=True)
    station_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    item: Mapped[str] = mapped_column(String(16), primary_key=True)
    #: Also in ``counts``; here so that the database can tell which items were used.
    cases: Mapped[int]
    #: ``tally.Tally`` as JSON.
    counts: Mapped[str] = mapped_column(Text)


class CountedUpTo(Base):
    """How far a terminal's ledger and feed were looked at: those days are counted, or due."""

    __tablename__ = "figures_mark"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int]
    seq: Mapped[int]
    feed: Mapped[int]


class MonthlyReport(Base):
    """The report of one month, as it was made; a PDF."""

    __tablename__ = "figures_report"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    made_at: Mapped[datetime]
    pdf: Mapped[bytes] = mapped_column(LargeBinary)


CELLS = table_of(Cell)
