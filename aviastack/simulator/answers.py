"""Responses before they are sent: status, body, headers, and the API's errors in their recorded shapes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aviastack.simulator.world.json_text import encoded


@dataclass(frozen=True)
class Answer:
    """A response. ``charged`` is False if the call never reached the API.

    ``broken`` names what happens to the connection: ``severed`` in the middle of the body, ``reset`` or ``dropped``
    before the first byte, or a ``stall`` before it; ``code`` is that of an error.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    charged: bool = True
    broken: str = ""
    code: str = ""
    is_page: bool = False


def page(
    rows: bytes, *, limit: int | None, offset: int | None, count: int, total: int, limit_first: bool = True
) -> Answer:
    """A page; ``rows`` are JSON objects joined by commas. Endpoints differ in which of limit and offset is first."""
    ends = [f'"limit":{_number(limit)}', f'"offset":{_number(offset)}']
    head = ",".join(ends if limit_first else reversed(ends))
    body = b'{"pagination":{%b,"count":%d,"total":%d},"data":[%b]}' % (head.encode(), count, total, rows)
    return Answer(200, body, is_page=True)


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def error(status: int, code: str, message: str, context: dict[str, Any] | None = None) -> Answer:
    """Return an error body as the API sends it; ``context`` names the parameters of a validation error."""
    inner: dict[str, Any] = {"code": code, "message": message}
    if context:
        inner["context"] = context
    return Answer(status, encoded({"error": inner}).encode(), code=code)


def unauthorized(code: str, message: str) -> Answer:
    """Return the load balancer's 401: pretty-printed, with another content type."""
    body = json.dumps({"error": {"code": code, "message": message}}, indent=2).replace("/", "\\/") + "\n"
    headers = {"x-blocked-at-loadbalancer": "1", "cache-control": "no-cache"}
    return Answer(401, body.encode(), headers, "application/json; Charset=UTF-8", code=code)


def invalid(parameter: str, message: str, *, missing: bool = False) -> Answer:
    """Return a validation error for ``parameter``; its status is not documented, 422 is inferred."""
    reason = {"key": f"{'missing' if missing else 'invalid'}_{parameter}", "message": message}
    return error(422, "validation_error", "Request failed with validation error", {parameter: [reason]})
