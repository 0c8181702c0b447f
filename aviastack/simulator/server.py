"""The HTTP server: one handler, the API under ``/v1/``, controls for tests under ``/_sim/``."""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, time
from uuid import uuid4

from aiohttp import web

from aviastack.endpoints import ENDPOINTS, Endpoint
from aviastack.simulator.gate import Gate
from aviastack.simulator.listing import Listings
from aviastack.simulator.options import SimulatorOptions
from aviastack.simulator.replies import Reply, error, invalid, page

_NOON = time(12, tzinfo=UTC)


class Server:
    """Answers requests by the options; :meth:`handle` is the whole application."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._gate = Gate(options)
        self._listings = Listings(options.seed, options.flights_a_day)
        self._asked: Counter[str] = Counter()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path = request.path.removeprefix("/aviationstack")
        if path.startswith("/_sim/"):
            return self._control(path)
        moment = self._now()
        query = dict(request.query)
        reply = self._reply(path.removeprefix("/v1/"), query, moment)
        if self._options.latency:
            await asyncio.sleep(self._options.latency)
        return self._sent(request, reply, moment)

    def _reply(self, name: str, query: Mapping[str, str], moment: datetime) -> Reply:
        self._asked[name] += 1
        loop = asyncio.get_running_loop()
        refused = self._gate.refusal(name, query, loop.time(), moment)
        if refused is not None:
            return refused
        endpoint = ENDPOINTS[name]
        return _first_fault(endpoint, query) or self._flights(query, moment)

    def _flights(self, query: Mapping[str, str], moment: datetime) -> Reply:
        most = self._gate.plan.rows_a_page
        limit, offset = min(int(query.get("limit", 100)), most), int(query.get("offset", 0))
        listing = self._listings.of(query, moment)
        total = listing.total
        if self._options.window is not None:
            total = min(total, self._options.window)
            if offset and offset >= self._options.window:
                return invalid("offset", f"The offset must be below {self._options.window}.")
        stop = min(offset + limit, total)
        return page(listing.between(offset, stop), limit=limit, offset=offset, count=max(0, stop - offset), total=total)

    def _sent(self, request: web.BaseRequest, reply: Reply, moment: datetime) -> web.Response:
        if reply.charged:
            self._gate.charge(moment)
        headers = {"x-apilayer-transaction-id": str(uuid4()), "cache-control": "no-cache, private"}
        if reply.status != 401:
            headers |= self._gate.headers(moment)
        headers |= {"content-type": reply.content_type} | reply.headers
        body = reply.body
        if self._options.gzip and "gzip" in request.headers.get("accept-encoding", "") and len(body) > 1_000:
            squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
            body = squeeze.compress(body) + squeeze.flush()
            headers["content-encoding"] = "gzip"
        return web.Response(status=reply.status, body=body, headers=headers)

    def _control(self, path: str) -> web.Response:
        if path == "/_sim/reset":
            self._gate = Gate(self._options)
            self._asked.clear()
        return web.json_response({"requests": dict(self._asked), "charged": self._gate.charged(self._now())})

    def _now(self) -> datetime:
        today = self._options.today
        if today is None:
            return datetime.now(UTC)
        return today if isinstance(today, datetime) else datetime.combine(today, _NOON)


def _first_fault(endpoint: Endpoint, query: Mapping[str, str]) -> Reply | None:
    """Return the validation error of the first illegal parameter; unknown parameters are ignored."""
    import re
    from datetime import date

    for name in ("limit", "offset"):
        value = query.get(name, "1")
        if not value.isdigit() or (name == "limit" and int(value) == 0):
            return invalid(name, f"The {name} must be a whole number, not '{value}'.")
    for parameter in endpoint.parameters:
        if parameter.name not in query:
            continue
        value = parameter.rule.canonical(query[parameter.name])
        if not re.fullmatch(parameter.rule.pattern, value) or (parameter.choices and value not in parameter.choices):
            return invalid(parameter.name, f"'{value}' is not {parameter.rule.words}.")
        if parameter.rule.name == "DATE":
            try:
                date.fromisoformat(value)
            except ValueError:
                return invalid(parameter.name, f"'{value}' is no date.")
    if endpoint.name != "flights":
        return error(404, "404_not_found", "Not served yet.")
    return None
