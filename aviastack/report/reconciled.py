"""What ``aviastack reconcile`` found about the page's airlines: the marts against the airlines' own gate times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aviastack.report.intervals import Band


@dataclass(frozen=True)
class Agreement:
    """Of ``compared`` flights, the share (0 to 1) whose times agree within a minute, and ours minus theirs.

    The difference is a mean in minutes.
    """

    compared: int
    within_a_minute: float | None
    mean_difference: float | None


@dataclass(frozen=True)
class Checked:
    """One end of flights that are both here and in the file: our band, and their true share (0 to 1) at the gate."""

    band: Band
    truth: float | None

    @property
    def is_inside(self) -> bool | None:
        """Whether the band holds the true share; None without flights."""
        if self.truth is None or self.band.low is None or self.band.high is None:
            return None
        return self.band.low <= self.truth <= self.band.high


@dataclass(frozen=True)
class Reconciled:
    """An airline against a BTS file of ``first`` to ``last``; counts are of dates and airports that both sides have.

    ``own_taxi_times`` are the taxi times of the user's own that the estimates used, None for the shipped ones.
    ``unreported`` arrivals are in the file, and the source never reported them; ``unreported_on_time`` is their share.
    """

    name: str
    first: date
    last: date
    bts_flights: int
    our_flights: int
    matched: int
    missing_here: int
    missing_in_bts: int
    schedule: Agreement
    takeoff: Agreement
    touchdown: Agreement
    cancelled: int
    cancellations_missed: int
    diverted: int
    diversions_missed: int
    departures: Checked
    arrivals: Checked
    unreported: int
    unreported_on_time: float | None
    own_taxi_times: str | None


def reconciled_of(rows: Iterable[Sequence[Any]], names: dict[str, str]) -> list[Reconciled]:
    """Return the rows of ``reference.bts_reconciliation`` of these airlines, which are named by IATA code."""
    return [_reconciled(names[row[0]], row) for row in rows if row[0] in names]


def _reconciled(name: str, row: Sequence[Any]) -> Reconciled:
    times = (Agreement(*row[8:11]), Agreement(*row[11:14]), Agreement(*row[14:17]))
    shares = (_checked(*row[21:26]), _checked(*row[26:31]))
    values: list[Any] = [name, *row[1:8], *times, *row[17:21], *shares, *row[31:34]]
    return Reconciled(*values)


def _checked(
    flights: int, truth: float | None, runway: float | None, median: float | None, p80: float | None
) -> Checked:
    on_time = (round(flights * (share or 0)) for share in (runway, median, p80))
    return Checked(Band(flights, 0, *on_time), truth)
