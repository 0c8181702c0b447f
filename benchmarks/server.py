"""The API that is measured against: one process, bytes made before the first request, nothing in the way.

    python -m benchmarks.server [--port 0]

The first folder of the path says what list is served and how the server behaves, so that one server does for all cases:
``/rows=200000,latency=0.1/v1/flights?access_key=k&limit=100&offset=0``. ``latency`` is in seconds; ``rate`` admits that
many calls in any one second and refuses the rest with 429; ``fail=N`` answers 500 at offset N until ``/repair``;
``drift=K`` puts a new flight at the list's head for each K pages served. ``/stats`` reports the requests, ``/reset``
forgets it.

The rows are the simulator's: 20,000 of a day of the world with their nulls, codeshares and odd zones, served again and
again under flight numbers of their own, ``1`` and the row's place in the list. Asked for another day, they have its
date.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter, deque
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

DAY = "2026-11-18"
POOL, BLOCK, LARGEST = 20_000, 100, 1_000
FIRST = 10_000_000  # of the flight numbers; new flights of a drifting list count down from it
MARK = b"@@@@@@"
QUOTA = 100_000_000


class Flights:
    """Rows by their number, in blocks of a hundred that are one piece of bytes but for the number."""

    def __init__(self) -> None:
        from aviastack.simulator.simulated import SimulatedLists

        lists = SimulatedLists(1, 90_000, 1 << 26)
        made = lists.rows("flights", {"flight_date": DAY}, datetime(2026, 11, 22, 12, tzinfo=UTC))
        rows = [self._marked(row, place) for place, row in enumerate(json.loads(b"[" + made.text(range(POOL)) + b"]"))]
        self._rows = rows
        self._blocks = [b",".join(rows[at : at + BLOCK]) for at in range(0, POOL, BLOCK)]

    def text(self, start: int, count: int) -> bytes:
        """Rows ``start`` up to ``start + count``; those below 0 are new ones of a drifting list."""
        if start >= 0 and start % BLOCK == 0 and count % BLOCK == 0:
            return b",".join(self._block(number) for number in range(start // BLOCK, (start + count) // BLOCK))
        return b",".join(self._row(number) for number in range(start, start + count))

    def _block(self, number: int) -> bytes:
        return self._blocks[number % len(self._blocks)].replace(MARK, b"%06d" % (FIRST // BLOCK + number))

    def _row(self, number: int) -> bytes:
        return self._rows[number % POOL].replace(MARK, b"%06d" % ((FIRST + number) // BLOCK))

    @staticmethod
    def _marked(row: dict, place: int) -> bytes:
        number = f"{MARK.decode()}{place % BLOCK:02d}"
        flight, airline = row["flight"], row["airline"]
        flight |= {"number": number, "iata": f"{airline['iata'] or 'XX'}{number}"}
        flight["icao"] = f"{airline['icao'] or 'XXX'}{number}"
        return json.dumps(row, separators=(",", ":")).encode()


class State:
    """What was served, refused and failed since the last reset."""

    def __init__(self) -> None:
        self.flights = Flights()
        self.repaired = False
        self.reset()

    def reset(self) -> None:
        self.served: Counter[int] = Counter()
        self.refused = self.failed = self.pages = 0
        self.first = self.last = 0.0
        self.recent: deque[float] = deque()

    def admits(self, rate: int) -> bool:
        now = time.monotonic()
        while self.recent and now - self.recent[0] >= 1:
            self.recent.popleft()
        if len(self.recent) >= rate:
            self.refused += 1
            return False
        self.recent.append(now)
        return True

    def stats(self) -> dict[str, object]:
        return {
            "pages": self.pages,
            "asked_twice": sum(1 for times in self.served.values() if times > 1),
            "refused": self.refused,
            "failed": self.failed,
            "span": self.last - self.first,
        }


class Connection(asyncio.Protocol):
    """One client connection: requests in, whole answers out, in order."""

    def __init__(self, state: State, loop: asyncio.AbstractEventLoop) -> None:
        self.state, self.loop, self.buffer = state, loop, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            line, self.buffer = self.buffer[:end].split(b"\r\n", 1)[0], self.buffer[end + 4 :]
            url = urlsplit(line.split(b" ")[1].decode("latin-1"))
            switches = _switches(url.path)
            if url.path.endswith("/flights"):
                self.state.first = self.state.first or time.monotonic()
            if latency := float(switches.get("latency", 0)):
                self.loop.call_later(latency, self.answer, url.path, url.query, switches)
            else:
                self.answer(url.path, url.query, switches)

    def answer(self, path: str, query: str, switches: dict[str, str]) -> None:
        state = self.state
        if path == "/stats":
            return self.send(b"200 OK", json.dumps(state.stats()).encode())
        if path in ("/reset", "/repair"):
            state.repaired = path == "/repair"
            state.reset()
            return self.send(b"200 OK", b"{}")
        if not path.endswith("/v1/flights"):
            return self.send(b"404 Not Found", _error("404_not_found"))
        if "rate" in switches and not state.admits(int(switches["rate"])):
            return self.send(b"429 Too Many Requests", _error("rate_limit_reached"))
        asked = parse_qs(query)
        limit, offset = min(int(asked.get("limit", ["100"])[0]), LARGEST), int(asked.get("offset", ["0"])[0])
        if switches.get("fail") == str(offset) and not state.repaired:
            state.failed += 1
            return self.send(b"500 Internal Server Error", _error("internal_error"))
        page = self.page(int(switches["rows"]), limit, offset, int(switches.get("drift", 0)))
        day = asked.get("flight_date", [DAY])[0]
        self.send(b"200 OK", page if day == DAY else page.replace(DAY.encode(), day.encode()))
        self.state.last = time.monotonic()
        return None

    def page(self, total: int, limit: int, offset: int, drift: int) -> bytes:
        state = self.state
        new = state.pages // drift if drift else 0
        count = max(0, min(limit, total + new - offset))
        said = (limit, offset, count, total + new)
        state.pages += 1
        state.served[offset] += 1
        head = b'{"pagination":{"limit":%d,"offset":%d,"count":%d,"total":%d},"data":[' % said
        return head + state.flights.text(offset - new, count) + b"]}"

    def send(self, status: bytes, body: bytes) -> None:
        if not self.transport.is_closing():
            left = QUOTA - self.state.pages
            head = b"HTTP/1.1 %s\r\nContent-Type: application/json; charset=utf-8\r\nDate: %s\r\n" % (status, _now())
            quota = b"x-quota-limit: %d\r\nx-quota-remaining: %d\r\n" % (QUOTA, left)
            self.transport.write(b"%s%sContent-Length: %d\r\n\r\n%s" % (head, quota, len(body), body))


def _switches(path: str) -> dict[str, str]:
    return dict(part.split("=") for part in path.split("/")[1].split(",") if "=" in part)


def _error(code: str) -> bytes:
    return b'{"error":{"code":"%s","message":"Refused by the benchmark\'s server."}}' % code.encode()


def _now() -> bytes:
    return formatdate(time.time(), usegmt=True).encode()


async def _serve(port: int) -> None:
    loop, state = asyncio.get_running_loop(), State()
    server = await loop.create_server(lambda: Connection(state, loop), "127.0.0.1", port, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(parser.parse_args().port))
    else:
        uvloop.run(_serve(parser.parse_args().port))
