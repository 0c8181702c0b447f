"""A simulated AviationStack behind the transport: it knows the truth of every list, and fails as the real one may."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

from aviastack.api.responses import Response
from aviastack.api.retries import TransientError
from aviastack.api.transport import Transport
from aviastack.errors import ApiUnavailable
from aviastack.settings import Settings
from aviastack.slices import Slice
from tests.simulation.chance import Chance
from tests.simulation.clock import VirtualTime
from tests.simulation.lists import LIMIT, SimulatedList
from tests.simulation.processes import current

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
FAULTS = (
    "http 500", "html", "no pagination", "empty body", "reset", "hang", "rate limit", "Retry-After lies", "truncated",
    "short page", "ignored filter", "rows of another airline", "Date lies", "quota lies", "wrong total",
    "hostile total", "bad row", "new field", "renamed field", "changed types", "spent month", "empty day", "gzip",
    "repeated row", "two versions of a row", "key in an error",
)  # fmt: skip
HARMLESS = ("", "gzip", "new field", "Date lies", "quota lies")  # under which a page's rows are all there, as they are
FILTERS = ("flight_date", "airline_iata", "dep_iata")
TIMEOUT = 60.0
RETRY_AFTER_LIES = ("86400", "-5", "soon", "9" * 30, "Thu, 01 Jan 1970 00:00:00 GMT", "0")


@dataclass(frozen=True)
class Sent:
    """A request: when it was sent, by which process, and for what."""

    at: float
    process: str
    slice: str
    offset: int


@dataclass
class World:
    """The API's account, lists and faults. ``share`` is the share of calls that a fault strikes."""

    chance: Chance
    clock: VirtualTime
    share: float = 0.3
    quota: int = 10_000
    lists: dict[str, SimulatedList] = field(default_factory=dict)
    calls: list[Sent] = field(default_factory=list)
    served: dict[bytes, float] = field(default_factory=dict)  # when each body was true
    dated: dict[bytes, list[datetime]] = field(default_factory=lambda: defaultdict(list))  # the same by our clock
    has_jumped: bool = False
    last_fault: dict[tuple[str, int], str] = field(default_factory=dict)
    lied: set[tuple[date, str]] = field(default_factory=set)  # days and airlines with two versions of a row at once
    renamed: bool = False  # whether a page had the status under another name
    on_request: Callable[[str, int], None] = lambda slice_, offset: None

    def add(self, list_: SimulatedList) -> Slice:
        slice_ = Slice.of("flights", list_.filters)
        self.lists[slice_.name] = list_
        return slice_

    def list_of(self, slice_: Slice) -> SimulatedList:
        return self.lists[slice_.name]

    def jump(self) -> None:
        """Set the machine's clock forward or back."""
        seconds = self.chance.among("jump", (-3_000, -400, -30, 30, 400, 5_400))
        if abs(self.clock.jumped + seconds) < 7_200:  # the date stays: a list is settled by the machine's clock
            self.clock.jump(seconds)
            self.has_jumped = True

    def elapsed(self, time: datetime) -> float:
        """Return when it was that time (UTC, without a zone) by the machine's clock; 0 if that was set meanwhile."""
        age = datetime.now(UTC).replace(tzinfo=None) - time
        return 0.0 if self.has_jumped else self.clock.elapsed - age.total_seconds()

    def sent(self, name: str, offset: int) -> None:
        """Note that a request left its process."""
        self.calls.append(Sent(self.clock.elapsed, current().name, name, offset))
        self.on_request(name, offset)

    def answer(self, name: str, offset: int) -> Response:
        """Return the response to one request, or raise the failure of the wire."""
        list_ = self.lists[name]
        if not list_.settled:
            list_.pass_time(self.chance, self.clock.elapsed)
        fault = self.chance.fault(f"{name} {offset}", self.share, FAULTS)
        self.last_fault[name, offset] = fault
        if self.chance.fault(f"clock {name} {offset}", 0.004, ("clock jumps",)):
            self.jump()
        response = self._spoiled(fault, list_, name, offset)
        body = gzip.decompress(response.body) if "Content-Encoding" in response.headers else response.body
        self.served[body] = self.clock.elapsed
        self.dated[body].append(datetime.now(UTC))
        return response

    def _spoiled(self, fault: str, list_: SimulatedList, name: str, offset: int) -> Response:
        headers = {
            "Date": format_datetime(datetime.now(UTC), usegmt=True),
            "x-quota-limit": str(self.quota),
            "x-quota-remaining": str(max(0, self.quota - len(self.calls))),
            "Content-Type": "application/json",
        }
        if (refusal := self._refusal(fault, name, headers)) is not None:
            return refusal
        if fault == "Date lies":
            days = self.chance.among(f"{name} date", (-400, -2, 14, 4000))
            headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True)
        elif fault == "quota lies":
            lies = (("10000", "0"), ("10000", "99999"), ("0", "0"), ("-1", "-1"), ("1e9", "x"), ("10000", "10000"))
            headers["x-quota-limit"], headers["x-quota-remaining"] = self.chance.among(f"{name} quota", lies)
        body = self._page(fault, list_, name, offset)
        if fault == "truncated":
            return Response(200, headers, body[:-20])
        if fault == "gzip":
            return Response(200, headers | {"Content-Encoding": "gzip"}, gzip.compress(body, 1, mtime=0))
        return Response(200, headers, body)

    def _refusal(self, fault: str, name: str, headers: dict[str, str]) -> Response | None:
        """Return an answer without a page, None for any other fault, or raise a failure of the wire."""
        slow = b'{"error":{"code":"rate_limit_reached","message":"Too fast"}}'
        match fault:
            case "reset" | "hang":
                raise TransientError(ApiUnavailable(f"simulated {fault}"), attempts=3 if fault == "hang" else None)
            case "http 500":
                return Response(500, headers, b'{"error":{"code":"internal_error","message":"Internal error"}}')
            case "key in an error":
                text = {"error": {"code": "internal_error", "message": f"no luck with access_key={KEY}"}}
                return Response(500, headers, json.dumps(text).encode())
            case "html":
                return Response(502, {"Content-Type": "text/html"}, b"<html>502 Bad Gateway</html>")
            case "no pagination" | "empty body":
                return Response(200, headers, b"{}" if fault == "no pagination" else b"")
            case "rate limit":
                return Response(429, headers | {"Retry-After": "2"}, slow)
            case "Retry-After lies":
                lie = self.chance.among(f"{name} retry", RETRY_AFTER_LIES)
                return Response(429, headers | {"Retry-After": lie}, slow)
            case "spent month":
                return Response(429, headers, b'{"error":{"code":"usage_limit_reached","message":"Monthly limit"}}')
        return None

    def _page(self, fault: str, list_: SimulatedList, name: str, offset: int) -> bytes:
        """Return the page, with what the fault does to its rows and its pagination."""
        records, total = list_.records(offset), len(list_.order)
        if fault == "ignored filter":
            records = [list_.text(number, airline="ZZ") for number in list_.order[offset : offset + LIMIT]]
        elif fault == "rows of another airline" and records:
            records[-1] = list_.text(list_.order[offset], airline="ZZ")
        elif fault == "empty day":
            records, total = [], 0
        elif fault == "short page" and records:
            records.pop()
        elif fault == "repeated row" and offset and records:  # the list moved after its rows were counted
            room = LIMIT if not list_.settled else len(records)
            records = [list_.text(list_.order[offset - 1]), *records][:room]
        elif fault == "two versions of a row" and len(records) > 1:
            records[-1] = list_.text(list_.order[offset], version=list_.rows[list_.order[offset]] + 1000)
            self.lied.add((list_.day, list_.airline))
        elif fault in ("bad row", "new field", "renamed field", "changed types"):
            records = _respelled(fault, records)
            self.renamed |= fault == "renamed field"
        total += {"wrong total": 7, "hostile total": 10**12}.get(fault, 0)
        place = f'{{"limit":{LIMIT},"offset":{offset},"count":{len(records)},"total":{total}}}'
        return f'{{"pagination":{place},"data":[{",".join(records)}]}}'.encode()


def _respelled(fault: str, records: list[str]) -> list[str]:
    """Return the records as an API with another schema would send them, or the first one spoilt."""
    if fault == "bad row":
        return [json.dumps(json.loads(records[0]) | {"departure": "spoilt"}), *records[1:]] if records else records
    if fault == "new field":
        return [text[:-1] + ', "carbon": 12.5}' for text in records]
    if fault == "renamed field":
        return [text.replace('"flight_status"', '"status"') for text in records]
    return [text.replace('"delay": null', '"delay": "15"', 1) for text in records]


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
        world = self._world
        filters = {name: value for name, value in query.items() if name in FILTERS}
        name, offset = Slice.of("flights", filters).name, int(query["offset"])
        sent()
        world.sent(name, offset)
        await asyncio.sleep(world.chance.between(f"latency {name} {offset}", 0.05, 0.4))
        try:
            return world.answer(name, offset)
        except TransientError as error:
            if error.attempts is not None:
                await asyncio.sleep(TIMEOUT)
            raise
