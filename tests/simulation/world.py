"""A simulated AviationStack behind the transport: it knows the truth of every list, and fails as the real one may."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from aviastack.api.responses import Response
from aviastack.api.retries import TransientError
from aviastack.api.transport import Transport
from aviastack.errors import ApiUnavailable
from aviastack.settings import Settings
from aviastack.slices import Slice
from tests.support.sample_records import flight

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
LIMIT = 100
FAULTS = (
    "http_500", "html", "no_pagination", "empty_body", "reset", "timeout", "rate_limit", "truncated", "short_page",
    "wrong_filter", "foreign_clock", "wrong_total", "bad_row", "new_field", "spent_month", "empty_list", "gzip",
    "hostile_total",
)  # fmt: skip
HARMLESS = ("", "gzip", "new_field", "foreign_clock")  # faults under which a page's rows are all there


@dataclass
class SimulatedList:
    """The flights of one date and airline: number -> version. Only a list of a changing date changes."""

    day: date
    airline: str
    rows: dict[int, int]
    order: list[int]
    settled: bool

    def record(self, number: int, airline: str | None = None) -> dict[str, Any]:
        version = self.rows.get(number, 0)
        code = airline or self.airline
        day = self.day.isoformat()
        return flight(
            {
                "flight_date": day,
                "flight_status": "landed" if self.settled else ("scheduled", "active", "landed")[version % 3],
                "departure.gate": f"G{version}",
                "departure.scheduled": f"{day}T{6 + number % 17:02}:{number % 60:02}:00+00:00",
                "departure.estimated": f"{day}T{6 + number % 17:02}:{number % 60:02}:00+00:00",
                "arrival.scheduled": f"{day}T23:30:00+00:00",
                "airline": {
                    "name": code,
                    "iata": code,
                    "icao": {"AA": "AAL", "DL": "DAL", "UA": "UAL", "ZZ": "ZZZ"}[code],
                },
                "flight": {
                    "number": str(number),
                    "iata": f"{code}{number}",
                    "icao": f"{code}X{number}",
                    "codeshared": None,
                },
            }
        )

    def change(self, chance: Random) -> None:
        """One step of a changing list: a row appears at the front, vanishes, or gets another version."""
        what = chance.random()
        if what < 0.3:
            number = max(self.rows, default=0) + 1
            self.rows[number] = 0
            self.order.insert(0, number)
        elif what < 0.4 and self.order:
            gone = chance.choice(self.order)
            self.order.remove(gone)
            del self.rows[gone]
        elif self.order:
            self.rows[chance.choice(self.order)] += 1


@dataclass
class World:
    """The API's account, lists and faults. ``share`` is the share of calls that a fault strikes, 0 once faults stop."""

    chance: Random
    share: float = 0.15
    faults: tuple[str, ...] = FAULTS
    lists: dict[tuple[str, str], SimulatedList] = field(default_factory=dict)
    quota: int = 10_000
    used: int = 0
    spent_until: float = 0.0
    calls: list[tuple[float, str, int]] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    last_fault: dict[tuple[str, int], str] = field(default_factory=dict)
    now: Callable[[], float] = lambda: 0.0
    on_request: Callable[[str, int], None] = lambda slice_, offset: None

    def add(self, day: date, airline: str, count: int, *, settled: bool) -> Slice:
        numbers = list(range(1, count + 1))
        self.lists[day.isoformat(), airline] = SimulatedList(day, airline, dict.fromkeys(numbers, 0), numbers, settled)
        return Slice.of("flights", {"flight_date": day.isoformat(), "airline_iata": airline})

    def list_of(self, slice_: Slice) -> SimulatedList:
        query = dict(slice_.query)
        return self.lists[query["flight_date"], query["airline_iata"]]

    def answer(self, query: Mapping[str, str]) -> Response:
        """Return the response to one request, or raise the failure of the wire."""
        list_ = self.lists[query["flight_date"], query["airline_iata"]]
        offset = int(query["offset"])
        self.calls.append((self.now(), f"{list_.day}.{list_.airline}", offset))
        self.used += 1
        self.on_request(f"{list_.day}.airline_iata={list_.airline}", offset)
        if not list_.settled:
            for _ in range(self.chance.randint(0, 2)):
                list_.change(self.chance)
        place = (f"{list_.day}.airline_iata={list_.airline}", offset)
        fault = self.chance.choice(self.faults) if self.faults and self.chance.random() < self.share else ""
        self.last_fault[place] = fault
        if fault:
            self.struck[fault] += 1
        return self._spoiled(fault, list_, offset)

    def _page(
        self, list_: SimulatedList, offset: int, *, airline: str | None = None, total: int | None = None
    ) -> dict[str, Any]:
        data = [list_.record(number, airline) for number in list_.order[offset : offset + LIMIT]]
        place = {
            "limit": LIMIT,
            "offset": offset,
            "count": len(data),
            "total": len(list_.order) if total is None else total,
        }
        return {"pagination": place, "data": data}

    def _spoiled(self, fault: str, list_: SimulatedList, offset: int) -> Response:  # noqa: C901, PLR0911, PLR0912
        headers = {
            "Date": format_datetime(datetime.now(UTC), usegmt=True),
            "x-quota-limit": str(self.quota),
            "x-quota-remaining": str(max(0, self.quota - self.used)),
            "Content-Type": "application/json",
        }
        page = self._page(list_, offset)
        match fault:
            case "http_500":
                return Response(500, headers, b'{"error":{"code":"internal_error","message":"Internal error"}}')
            case "html":
                return Response(502, {"Content-Type": "text/html"}, b"<html>502 Bad Gateway</html>")
            case "no_pagination":
                return Response(200, headers, b"{}")
            case "empty_body":
                return Response(200, headers, b"")
            case "reset" | "timeout":
                raise TransientError(ApiUnavailable(f"simulated {fault}"))
            case "rate_limit":
                slow = headers | {"Retry-After": "2"}
                return Response(429, slow, b'{"error":{"code":"rate_limit_reached","message":"Too fast"}}')
            case "spent_month":
                return Response(429, headers, b'{"error":{"code":"usage_limit_reached","message":"Monthly limit"}}')
            case "truncated":
                return Response(200, headers, json.dumps(page).encode()[:-20])
            case "short_page" if page["data"]:
                page["data"].pop()
                page["pagination"]["count"] -= 1
            case "wrong_filter":
                page = self._page(list_, offset, airline="ZZ")
            case "foreign_clock":
                headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(days=14), usegmt=True)
            case "wrong_total":
                page["pagination"]["total"] += 7
            case "hostile_total":
                page["pagination"]["total"] = 10**12
            case "bad_row" if page["data"]:
                page["data"][0]["departure"] = "spoilt"
            case "new_field":
                for record in page["data"]:
                    record["carbon"] = 12.5
            case "empty_list":
                page = {"pagination": {"limit": LIMIT, "offset": offset, "count": 0, "total": 0}, "data": []}
            case "gzip":
                headers["Content-Encoding"] = "gzip"
                return Response(200, headers, gzip.compress(json.dumps(page).encode(), 1))
        return Response(200, headers, json.dumps(page).encode())


class SimulatedTransport(Transport):
    """The world in place of the network: latency on the virtual clock, then the world's answer."""

    def __init__(self, settings: Settings, world: World) -> None:
        super().__init__(settings)
        self._world = world

    async def open(self) -> None:
        """Nothing is to be opened."""

    async def close(self) -> None:
        """Nothing is to be closed."""

    async def get(self, path: str, query: Mapping[str, str], sent: Callable[[], None]) -> Response:
        sent()
        await asyncio.sleep(self._world.chance.uniform(0.05, 0.4))
        return self._world.answer(query)
