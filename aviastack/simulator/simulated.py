"""The simulated lists: which rows answer a query, drawn from the seed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial

import polars as pl

from aviastack.simulator.row_source import FrameRows, Kept, Rows, TextRows
from aviastack.simulator.world import reference, routes, timetables
from aviastack.simulator.world.filters import condition_of
from aviastack.simulator.world.flight_json import rendered
from aviastack.simulator.world.visible import as_of, seen

_STILL_LISTED = 6 * 60  # minutes for which the live list keeps yesterday's landed flights


class SimulatedLists:
    """The rows of one seed. ``room`` is the bytes of rendered rows that are kept."""

    def __init__(self, seed: int, flights_per_day: int, room: int) -> None:
        self._seed, self._flights_per_day = seed, flights_per_day
        self._kept = Kept(room)

    def name(self, endpoint: str, query: Mapping[str, str], now: datetime) -> object:
        """Return the name of a list; two lists of one name are the same list."""
        filters = frozenset((name, value.lower()) for name, value in query.items())
        return endpoint, filters, _moment_of(query, now)

    def rows(self, endpoint: str, query: Mapping[str, str], now: datetime) -> Rows:
        """Return the rows of ``query`` (checked, without key and paging) at ``now`` (UTC); may take a while."""
        name, moment = self.name(endpoint, query, now), _moment_of(query, now)
        if endpoint == "flights":
            return self._flights(dict(query), name, moment)
        if endpoint == "routes":
            frame = routes.frame(self._seed, self._flights_per_day).filter(condition_of(query))
            return FrameRows(frame, routes.rendered, self._kept, name)
        if endpoint == "timetable":
            return TextRows(timetables.timetable(self._seed, self._flights_per_day, query, moment))
        if endpoint == "flightsFuture":
            return TextRows(timetables.future(self._seed, self._flights_per_day, query, moment))
        return TextRows(reference.rows(endpoint, self._seed, moment.date(), query))

    def _flights(self, query: dict[str, str], name: object, moment: datetime) -> Rows:
        day = query.pop("flight_date", None)
        anchor = date.fromisoformat(day) if day else moment.date()
        rows = self._dated(anchor, moment, 0) if day else self._live(moment)
        return FrameRows(
            rows.filter(condition_of(query, anchor)) if query else rows,
            partial(rendered, anchor=anchor),
            self._kept,
            name,
        )

    def _dated(self, day: date, moment: datetime, shift: int) -> pl.DataFrame:
        rows = seen(self._seed, self._flights_per_day, day, as_of(day, moment))
        return rows.with_columns(pl.lit(shift, dtype=pl.Int32).alias("shift"))

    def _live(self, moment: datetime) -> pl.DataFrame:
        """All of today, flights of yesterday that landed recently, and flights of tomorrow that leave within a day."""
        now, today = moment.hour * 60 + moment.minute, moment.date()
        yesterday, tomorrow = (self._dated(today + timedelta(days=shift), moment, shift) for shift in (-1, 1))
        recent = yesterday.filter(pl.col("arrives_utc") - 1_440 > now - _STILL_LISTED)
        soon = tomorrow.filter(pl.col("departs_utc") < now)
        return pl.concat([self._dated(today, moment, 0), recent, soon]).sort("block", maintain_order=True)


def _moment_of(query: Mapping[str, str], now: datetime) -> datetime:
    return as_of(date.fromisoformat(query["flight_date"]) if "flight_date" in query else now.date(), now)
