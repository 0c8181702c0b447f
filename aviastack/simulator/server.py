"""The HTTP server: one handler, the API under ``/v1/``, controls for tests under ``/_sim/``.

``/_sim/stats`` counts requests, ``/_sim/reset`` restarts counts, quota, faults and changing lists,
``/_sim/survivors/flights?...`` returns the rows of a changing list that were there throughout, ``/_sim/recorded`` the
names of recorded live pages; ``/recorded/NAME/v1/flights`` answers from one of these alone.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, time
from random import Random
from uuid import uuid4

from aiohttp import web

from aviastack.endpoints import ENDPOINTS, Endpoint, Listing
from aviastack.simulator.access import AccessControl
from aviastack.simulator.answers import Answer, error, invalid, page
from aviastack.simulator.disconnects import broken
from aviastack.simulator.faults import Faults, spoiled
from aviastack.simulator.lists import Lists
from aviastack.simulator.recorded import Recorded
from aviastack.simulator.simulated import SimulatedLists
from aviastack.simulator.simulator_options import SimulatorOptions
from aviastack.simulator.stats import Stats
from aviastack.simulator.validation import first_fault, too_soon

_PATH = re.compile(r"(?:/aviationstack|/recorded/(?P<recorded>[\w.-]+))?/v1/(?P<endpoint>\w+)/?")
_NOON = time(12, tzinfo=UTC)
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_WORTH_SQUEEZING, _LONG_TO_SQUEEZE = 1_000, 50_000  # bytes
_GZIP = 16 + zlib.MAX_WBITS


class Server:
    """Answers requests by the options; :meth:`handle` is the whole application.

    Raises :class:`ValueError` for an invalid pace, fault or drift, and :class:`FileNotFoundError` if the folder of
    recorded responses is missing.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._begin()
        self._recorded = Recorded(options.recorded) if options.recorded is not None else None
        made = SimulatedLists(options.seed, options.flights_per_day, options.room)
        self._lists = Lists(self._recorded or made, options)
        self._jitter = Random(options.seed)

    def _begin(self) -> None:
        self._access = AccessControl(self._options)
        self._faults = Faults(self._options.faults, self._options.seed)
        self._stats = Stats()

    def close(self) -> None:
        """Release what the server holds."""
        self._lists.close()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if request.path.startswith("/_sim/"):
            return await self._control(request)
        moment, query = self._now(), dict(request.query)
        path = _PATH.fullmatch(request.path)
        self._stats.begin()
        answer, fault = await self._answer(path, query, moment)
        self._stats.end(path["endpoint"] if path else request.path, query, answer, fault)
        if not answer.charged:
            self._access.refund(moment)
        await self._wait()
        if answer.broken:
            return await broken(request, answer, self._options.stall)
        return await self._response(request, answer, moment)

    async def _answer(self, path: re.Match[str] | None, query: dict[str, str], moment: datetime) -> tuple[Answer, str]:
        """Return the answer and the name of the fault that spoiled it, if any."""
        name = path["endpoint"] if path else ""
        refusal = self._access.refusal(name, query, asyncio.get_running_loop().time(), moment)
        if refusal is not None:
            return refusal, ""
        endpoint = ENDPOINTS[name]
        wrong = first_fault(endpoint, query)
        if wrong is None and name == "flightsFuture" and self._recorded is None:
            wrong = too_soon(query, moment)
        if wrong is not None:
            return wrong, ""
        filters = {p.name: query[p.name] for p in endpoint.parameters if p.name in query}
        if path and path["recorded"]:
            filters["recorded"] = path["recorded"]
        answer = await self._page(endpoint, filters, query, moment)
        struck = self._faults.strike(name, query)
        return (spoiled(struck[0], answer, struck[1]), struck[0]) if struck else (answer, "")

    async def _page(
        self, endpoint: Endpoint, filters: Mapping[str, str], query: Mapping[str, str], now: datetime
    ) -> Answer:
        if endpoint.listing is Listing.SINGLE_PAGE:
            rows, count, total = await self._lists.page(endpoint, filters, now, 0, None)
            return page(rows, limit=None, offset=None, count=count, total=total)
        limit = min(int(query.get("limit", 100)), self._access.plan.rows_per_page)
        offset = int(query.get("offset", 0))
        if self._options.window is not None and offset >= self._options.window:
            return invalid("offset", f"The offset must be below {self._options.window}.")
        rows, count, total = await self._lists.page(endpoint, filters, now, offset, limit)
        limit_first = endpoint.name in ("flights", "routes")
        return page(rows, limit=limit, offset=offset, count=count, total=total, limit_first=limit_first)

    async def _response(self, request: web.BaseRequest, answer: Answer, moment: datetime) -> web.Response:
        source = "simulated" if self._recorded is None else "recorded"
        headers = {
            "x-apilayer-transaction-id": str(uuid4()),
            "cache-control": "no-cache, private",
            "x-aviastack-source": source,
        }
        if answer.status != _UNAUTHORIZED:
            headers |= self._access.headers(moment)
        if answer.status not in (_UNAUTHORIZED, _FORBIDDEN):
            headers["x-request-time"] = "0.031, 0.042"
        headers |= {"content-type": answer.content_type} | answer.headers
        body = answer.body
        if self._options.gzip and len(body) > _WORTH_SQUEEZING and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            body = await asyncio.to_thread(_squeezed, body) if len(body) > _LONG_TO_SQUEEZE else _squeezed(body)
        return web.Response(status=answer.status, body=body, headers=headers)

    async def _wait(self) -> None:
        if self._options.latency or self._options.jitter:
            await asyncio.sleep(self._options.latency + self._options.jitter * self._jitter.random())

    async def _control(self, request: web.BaseRequest) -> web.Response:
        word, _, name = request.path.removeprefix("/_sim/").partition("/")
        if word == "survivors" and name in ENDPOINTS and self._options.drift:
            rows, count = await self._lists.survivors(ENDPOINTS[name], dict(request.query), self._now())
            body = page(rows, limit=None, offset=None, count=count, total=count).body
            return web.Response(body=body, content_type="application/json")
        if word == "recorded" and self._recorded is not None:
            return web.json_response(self._recorded.live_files)
        if word == "reset":
            self._begin()
            self._lists.forget()
        elif word != "stats":
            return web.Response(status=404, body=error(404, "404_not_found", "No such control.").body)
        return web.json_response({**self._stats.to_json(), "charged": self._access.charged(self._now())})

    def _now(self) -> datetime:
        today = self._options.today
        if today is None:
            return datetime.now(UTC)
        return (
            today.replace(tzinfo=today.tzinfo or UTC) if isinstance(today, datetime) else datetime.combine(today, _NOON)
        )


def _squeezed(body: bytes) -> bytes:
    squeeze = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return squeeze.compress(body) + squeeze.flush()
