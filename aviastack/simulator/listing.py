"""The list behind a query of ``/flights``, and its pages: rows become JSON text a block at a time, and only when asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import polars as pl

from aviastack.simulator.filters import condition_of
from aviastack.simulator.flights import rendered
from aviastack.simulator.seen import as_of, seen

_BLOCK = 4_096  # rows rendered together: small blocks cost more a row, large ones more memory
_LISTS, _BLOCKS = 64, 12


class Listing:
    """The rows of one query at one moment, in the API's order."""

    def __init__(self, rows: pl.DataFrame, anchor: date) -> None:
        self._rows, self._anchor = rows, anchor
        self._blocks: OrderedDict[int, tuple[memoryview, list[int]]] = OrderedDict()

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self._rows.height

    def between(self, start: int, stop: int) -> bytes:
        """Return rows ``start`` to ``stop`` (exclusive) as JSON objects joined by commas."""
        stop = min(stop, self.total)
        pieces = []
        while start < stop:
            number, inside = divmod(start, _BLOCK)
            text, ends = self._block(number)
            last = min(_BLOCK, inside + stop - start)
            pieces.append(text[ends[inside] : ends[last] - 1])
            start += last - inside
        return b",".join(pieces)

    def chosen(self, positions: Sequence[int]) -> bytes:
        """Return the rows at ``positions``, in that order."""
        return ",".join(rendered(self._rows[list(positions)], self._anchor).to_list()).encode()

    def _block(self, number: int) -> tuple[memoryview, list[int]]:
        """The text of a block, each row followed by a comma, and where each row starts (and the last one ends)."""
        if number not in self._blocks:
            texts = rendered(self._rows.slice(number * _BLOCK, _BLOCK), self._anchor)
            lines = (texts + ",").to_list()
            ends = [0]
            encoded = [line.encode() for line in lines]
            for line in encoded:
                ends.append(ends[-1] + len(line))
            self._blocks[number] = (memoryview(b"".join(encoded)), ends)
            if len(self._blocks) > _BLOCKS:
                self._blocks.popitem(last=False)
        return self._blocks[number]


class Listings:
    """The lists of one seed; the last ones asked for are kept."""

    def __init__(self, seed: int, flights_a_day: int) -> None:
        self._seed, self._flights_a_day = seed, flights_a_day
        self._kept: OrderedDict[tuple[object, ...], Listing] = OrderedDict()

    def of(self, query: Mapping[str, str], now: datetime) -> Listing:
        """Return the list of ``query`` as it is at ``now`` (UTC)."""
        day = date.fromisoformat(query["flight_date"]) if "flight_date" in query else None
        moment = as_of(day or now.date(), now)
        asked = {name: value.lower() for name, value in query.items() if name not in ("limit", "offset", "access_key")}
        name = (moment, *sorted(asked.items()))
        if name not in self._kept:
            anchor = day or now.date()
            rows = self._dated(day, moment, 0) if day else self._live(moment)
            self._kept[name] = Listing(rows.filter(condition_of(asked, anchor)), anchor)
            if len(self._kept) > _LISTS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return self._kept[name]

    def _dated(self, day: date, moment: datetime, shift: int) -> pl.DataFrame:
        rows = seen(self._seed, self._flights_a_day, day, as_of(day, moment))
        return rows.with_columns(pl.lit(shift, dtype=pl.Int32).alias("shift"))

    def _live(self, moment: datetime) -> pl.DataFrame:
        """All of today, what of yesterday has not been down for long, what of tomorrow leaves within a day."""
        now = moment.hour * 60 + moment.minute
        today = moment.date()
        yesterday, tomorrow = (self._dated(today + timedelta(days=shift), moment, shift) for shift in (-1, 1))
        recent = yesterday.filter(pl.col("arrives_utc") - 1_440 > now - 6 * 60)
        soon = tomorrow.filter(pl.col("departs_utc") < now)
        return pl.concat([self._dated(today, moment, 0), recent, soon]).sort("block", maintain_order=True)
