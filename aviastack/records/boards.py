"""Clocks without a date: ``16:30`` on an airport's board means the requested day.

A board of departures has the day of departure, and an arrival on it is the first such time after the departure; on a
board of arrivals it is the reverse. Before and after are compared in UTC if both zones are known, because an arrival
over the date line may be earlier by local time; otherwise by local time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from aviastack.slices import Slice

DAY = 86_400_000_000
LONGEST_TIME = len("16:30:00")


@dataclass(frozen=True, slots=True)
class Board:
    """The requested day of a board, and the end of its flights that happens at its airport."""

    day: date
    own: str

    @property
    def other(self) -> str:
        """The end of the flights that happens elsewhere."""
        return "arrival" if self.own == "departure" else "departure"


def board_of(slice_: Slice) -> Board | None:
    """Return the board that the slice requests, or None if it is not a board of a date."""
    own = dict(slice_.query).get("type")
    return Board(slice_.date, own) if slice_.date is not None and own is not None else None


def place(board: Board, columns: dict[str, pa.Array], sent: dict[str, pa.Array]) -> None:
    """Move the other end's clocks that came without a date from the board's day to their own.

    Their UTC is unchanged, and must be computed again.
    """
    text = sent[f"{board.other}_scheduled"]
    undated = pc.and_(text.is_valid(), pc.less_equal(pc.utf8_length(pc.utf8_trim_whitespace(text)), LONGEST_TIME))
    column = f"{board.other}_scheduled_local"
    days = pc.if_else(pc.fill_null(undated, fill_value=False), pc.fill_null(_days(board, columns), 0), 0)
    columns[column] = pc.add(columns[column].view(pa.int64()), pc.multiply(days, DAY)).view(columns[column].type)


def _days(board: Board, columns: dict[str, pa.Array]) -> pa.Array:
    """Return the days by which the other end's clocks must move to be the next after, or before, the board's own."""
    gap = pc.coalesce(_gap(board, columns, "utc"), _gap(board, columns, "local"))
    if board.own == "departure":
        return pc.add(pc.cast(pc.floor(pc.divide(gap, float(DAY))), pa.int64()), 1)
    return pc.subtract(pc.cast(pc.ceil(pc.divide(gap, float(DAY))), pa.int64()), 1)


def _gap(board: Board, columns: dict[str, pa.Array], time: str) -> pa.Array:
    own, other = (columns[f"{end}_scheduled_{time}"].view(pa.int64()) for end in (board.own, board.other))
    return pc.subtract(own, other)
