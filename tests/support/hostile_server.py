"""A server that answers whatever a test writes, byte by byte, and a table of hostile answers with their outcomes.

The honest list is 3 flights (or 250, for paging) of American Airlines on one settled day. Every case says what a run of
that day must end with: a complete or an incomplete manifest of so many rows, or an error.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.sample_records import FLIGHT

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
DAY, AIRLINE = "2026-10-01", "AA"
FEW, MANY = 3, 250
COMPLETE, INCOMPLETE = "complete", "incomplete"

Write = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """A request to the hostile server; ``number`` counts from 0."""

    path: str
    query: dict[str, str]
    number: int

    @property
    def offset(self) -> int:
        return int(self.query.get("offset", 0))


Answer = Callable[[Request], bytes | Write]


class HostileServer:
    """Answers with ``answer``, one request per connection. ``requests`` are those since the last answer was set."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.url = ""
        self._answer: Answer = lambda _: b""

    def answers(self, answer: Answer) -> None:
        """Answer so from now on, and count from 0 again."""
        self.requests, self._answer = [], answer

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            target = urlsplit(head.split(b" ", 2)[1].decode())
            request = Request(target.path, dict(parse_qsl(target.query)), len(self.requests))
            self.requests.append(request)
            answer = self._answer(request)
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """Run a hostile server in a thread."""
    server, started = HostileServer(), threading.Event()
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event

    async def serve() -> None:
        nonlocal loop, stop
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        started.set()
        await stop.wait()
        listening.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    started.wait()
    yield server
    loop.call_soon_threadsafe(stop.set)
    thread.join()


def record(number: int, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """A flight of the honest list, with some values changed by dotted path."""
    made = copy.deepcopy(FLIGHT)
    made |= {"flight_date": DAY, "airline": {"name": "American Airlines", "iata": "AA", "icao": "AAL"}}
    made["flight"] = {"number": str(number), "iata": f"AA{number}", "icao": f"AAL{number}", "codeshared": None}
    made["departure"]["scheduled"] = made["departure"]["estimated"] = f"{DAY}T19:00:00+00:00"
    made["arrival"]["scheduled"] = f"{DAY}T23:30:00+00:00"
    for path, value in (changes or {}).items():
        *objects, name = path.split(".")
        place = made
        for each in objects:
            place = place[each]
        place[name] = value
    return made


def http(body: bytes | str, status: int = 200, **headers: str) -> bytes:
    """A response; ``_`` in a header's name is a hyphen. An empty Content_Length leaves it out."""
    content = body.encode() if isinstance(body, str) else body
    fields = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status} Hm\r\n{lines}Connection: close\r\n\r\n".encode("latin-1") + content


def page(records: Sequence[Any], **pagination: Any) -> bytes:
    """The body of a page; a record or a value of ``pagination`` that is bytes is JSON already."""
    whole = {"limit": 100, "offset": 0, "count": len(records), "total": len(records)} | pagination
    said = b",".join(f'"{name}":'.encode() + _json(value) for name, value in whole.items())
    return b'{"pagination":{' + said + b'},"data":[' + b",".join(map(_json, records)) + b"]}"


def _json(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def always(answer: bytes | Write) -> Answer:
    return lambda _: answer


def few(*more: Any, **pagination: Any) -> bytes:
    """The body of the honest page of 3 flights, and more records."""
    return page([*(record(number) for number in range(FEW)), *more], **pagination)


def with_row(raw: bytes) -> Answer:
    """The honest page and one more record, as JSON text."""
    return always(http(few(raw)))


def first_few(**changes: Any) -> Answer:
    """The honest page, its first flight changed."""
    rows = [record(0, {name.replace("__", "."): value for name, value in changes.items()}), record(1), record(2)]
    return always(http(page(rows)))


def paged(
    change: Callable[[Request, dict[str, Any]], dict[str, Any] | bytes] | None = None, *, total: int = MANY
) -> Answer:
    """The honest list of 250 flights, 100 per page; ``change`` alters a page, or answers in its place."""

    def answer(request: Request) -> bytes:
        offset = request.offset
        rows = [record(number) for number in range(offset, min(offset + 100, total))]
        honest: dict[str, Any] = {"records": rows, "offset": offset, "total": total}
        made = change(request, honest) if change else honest
        if isinstance(made, bytes):
            return made
        return http(page(made.pop("records"), **made))

    return answer


@dataclass(frozen=True)
class Case:
    """A hostile answer and what a run must end with.

    ``outcome`` is "complete", "incomplete" or the name of an error; ``calls`` the number of requests, if that is fixed;
    ``words`` what the proof or the message must say; ``skewed`` the pages whose clock disagrees; ``too_slow`` that the
    answer takes longer than a call may.
    """

    name: str
    answer: Answer
    outcome: str = COMPLETE
    rows: int = FEW
    quarantined: int = 0
    calls: int | None = 1
    words: str = ""
    skewed: int = 0
    max_calls: int | None = 200
    too_slow: bool = False


def _down(
    name: str, answer: bytes | Write | Answer, words: str = "", calls: int | None = 6, *, too_slow: bool = False
) -> Case:
    """An answer that is retried, and ends as an API that is unavailable."""
    made = answer if not isinstance(answer, bytes) else always(answer)
    return Case(name, made, "ApiUnavailable", calls=calls, words=words, too_slow=too_slow)  # type: ignore[arg-type]


def _write(*parts: bytes, reset: bool = False, pause: float = 0.0) -> Answer:
    """Write the parts, then close the connection, or reset it; ``pause`` seconds before each part."""

    async def write(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            await asyncio.sleep(pause)
            writer.write(part)
            await writer.drain()
        if not parts:
            await asyncio.sleep(pause)
        if reset:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER of 0: a reset instead of an orderly end
            writer.transport.abort()

    return always(write)


HUGE = b"1" + b"0" * 400
NUMBERS = [
    *(
        _down(f"{name} is {shown}", http(few(**{name: value})), calls=3)
        for name in ("limit", "offset", "count", "total")
        for shown, value in {
            "negative": -1, "1e12": b"1e12", "400 digits": HUGE, "a fraction": 0.5, "true": True, "a word": "many",
            "a list": [], "1e400": b"1e400",
        }.items()
    ),
    *(_down(f"{name} is null", http(few(**{name: None})), calls=3) for name in ("count", "total")),
    _down("count is more than the rows", http(few(count=4)), "pagination.count is 4, but data has 3 rows", 3),
    _down("count is less than the rows", http(few(count=2)), calls=3),
    _down("total is less than count", http(few(total=2)), "pagination.total is 2", 3),
    _down("another offset", http(few(offset=100)), "pagination.offset is 100", 3),
    Case("numbers as text", always(http(few(total="3", count="3", limit="100")))),
    Case("numbers as floats", always(http(few(total=3.0, count=3.0)))),
    Case("null limit and offset", always(http(few(limit=None, offset=None)))),
    Case("limit 0", always(http(few(limit=0)))),
    Case("limit of a hundred million", always(http(few(limit=100_000_000)))),
    Case("total of the window", always(http(few(total=10_000))), INCOMPLETE, words="exactly 10,000"),
    Case("total of a hundred million, and every page empty but the first",
         lambda r: http(few(total=100_000_000) if r.offset == 0 else page([], offset=r.offset, total=100_000_000)),
         INCOMPLETE, calls=None, max_calls=None, words="rows from 3 on"),
    Case("total of a hundred million, and a limit of calls", always(http(few(total=100_000_000))), "BudgetExhausted",
         words="33,333,333 more calls"),
    Case("an empty list", always(http(page([]))), INCOMPLETE, rows=0, words="an outage"),
]  # fmt: skip

DEEP = b"[" * 100_000 + b"]" * 100_000
BODIES = [
    _down("an empty body", http(b""), "an empty body"),
    _down("blanks", http(b" \n\t ")),
    *(_down(f"the JSON {text}", http(text)) for text in ("null", "[]", "5", '"page"', "{}", "true")),
    _down("HTML", http("<!DOCTYPE html><title>Welcome</title>"), "HTML instead of JSON"),
    _down("JSONP", http(b"callback(" + few() + b")"), "not whole JSON"),
    _down("half a page", http(few()[:300])),
    _down("a page and a half", http(few() + few()[:40])),
    _down("NaN in pagination", http(few(total=b"NaN")), "not whole JSON", 3),
    _down("a comma too many", http(few()[:-2] + b",]}"), "not whole JSON", 3),
    _down(
        "twenty million rows",
        http(page([], count=20_000_000, total=20_000_000)[:-2] + b"0," * 20_000_000 + b"0]}"),
        "over 10,000,000 values",
        3,
    ),
    _down("two hundred thousand rows", http(page([b"{}"] * 200_000)), "200,000 rows, and a page has at most", 3),
    _down("data is null", http(few().replace(b'"data":[', b'"data":null,"rest":['))),
    _down("data is an object", http(b'{"pagination":{"limit":1,"offset":0,"count":0,"total":0},"data":{}}'), calls=3),
    _down("data is a text", http(b'{"pagination":{"limit":1,"offset":0,"count":0,"total":0},"data":"[]"}'), calls=3),
    _down("no data", http(b'{"pagination":{"limit":1,"offset":0,"count":0,"total":0}}')),
    _down("no pagination", http(b'{"data":[]}'), "without pagination"),
    _down("pagination is a list", http(b'{"pagination":[1,2],"data":[]}'), "`$.pagination`", 3),
    _down("nested too deep", http(b'{"pagination":' + DEEP + b',"data":[]}'), "`$.pagination`", 3),
    _down("nested too deep and cut off", http(few(b'{"a":' + DEEP)[:50_000]), "nested too deep", 3),
    _down("UTF-16", http(few().decode().encode("utf-16")), "UTF-16", 3),
    _down("UTF-32", http(few().decode().encode("utf-32")), "UTF-32", 3),
    _down("86 kB of text", http("word " * 17_000)),
    _down("the key as body", http(KEY * 100)),
    Case("a byte order mark", always(http(b"\xef\xbb\xbf" + few()))),
    Case("blanks around", always(http(b" \r\n" + few() + b"\n\n"))),
    Case("more fields beside", always(http(b'{"meta":{"a":[1,2]},"success":true,' + few()[1:]))),
    Case("error is null", always(http(b'{"error":null,' + few()[1:]))),
    Case("error is false", always(http(b'{"error":false,' + few()[1:]))),
]
RECORDS = [
    *(
        Case(f"a record that is {shown}", with_row(raw), quarantined=1)
        for shown, raw in {
            "null": b"null", "a number": b"5", "a text": b'"row"', "a list": b"[]", "an empty object": b"{}",
        }.items()
    ),
    *(
        Case(f"{shown} that is nested too deep", with_row(raw), quarantined=1)
        for shown, raw in {
            "a record": DEEP,
            "an unknown field": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            "a known field": _json(record(9)).replace(b'"landed"', DEEP),
        }.items()
    ),
    Case("a lone surrogate", with_row(json.dumps(record(9)).replace("American", r"\ud800").encode()), quarantined=1),
    Case("a lone surrogate at a text's end",
         with_row(json.dumps(record(9)).replace("American Airlines", r"x\udc00").encode()), quarantined=1),
    Case("NaN", with_row(_json(record(9)).replace(b'"delay": null', b'"delay": NaN', 1)), quarantined=1),
    Case("Infinity", with_row(_json(record(9)).replace(b'"delay": null', b'"delay": -Infinity', 1)), quarantined=1),
    Case("a number of 1e400", with_row(_json(record(9)).replace(b'"delay": null', b'"delay": 1e400', 1)),
         quarantined=1),
    Case("a number of 200,000 digits",
         with_row(_json(record(9)).replace(b'"delay": null', b'"delay": ' + b"9" * 200_000, 1)), quarantined=1),
    Case("a code of a megabyte", with_row(_json(record(9, {"departure.iata": "S" * 2**20}))), rows=FEW + 1),
    Case("rows beside the rows",
         with_row(_json(record(9))[:-1] + b',"data":[{"a":1},{"b":2}]}'), rows=FEW + 1),
    Case("rows in a text", with_row(_json(record(9, {"airline.name": 'x "data":[{"a":1}] y'}))), rows=FEW + 1),
    Case("rows twice", always(http(few()[:-1] + b',"data":[' + few().partition(b'"data":[')[2])), rows=FEW),
    Case("a text that is not UTF-8", with_row(json.dumps(record(9)).encode().replace(b"American", b"\xff")),
         quarantined=1),
    Case("a surrogate in UTF-8", with_row(json.dumps(record(9)).encode().replace(b"American", b"\xed\xa0\x80")),
         quarantined=1),
    Case("an invalid date", with_row(_json(record(9, {"flight_date": "2026-13-45"}))), quarantined=1),
    Case("a date that is a number", with_row(_json(record(9, {"flight_date": 20261001}))), quarantined=1),
    Case("a flight that is a list", with_row(_json(record(9, {"flight": []}))), quarantined=1),
    Case("an invalid time", with_row(_json(record(9, {"departure.scheduled": "soon"}))), quarantined=1),
    Case("SQL in a text", first_few(airline__name="x'); DROP TABLE flights; --")),
    Case("markup in a text", first_few(airline__name="[/docs/offset] [bold red]")),
    Case("escape codes in a text", first_few(airline__name="\x1b[2J\x1b]0;title\x07")),
    Case("a path in a text", first_few(arrival__gate="../../../../etc/passwd")),
    Case("NUL in a text", first_few(departure__gate="A\x001")),
    Case("a megabyte in a text", first_few(airline__name="x" * 2**20)),
    Case("an unknown field of 100 kB", always(http(page([record(0) | {"x" * 100_000: 1}, record(1), record(2)])))),
    Case("two thousand unknown fields",
         always(http(page([record(0) | {f"f{n}": n for n in range(2_000)}, record(1), record(2)])))),
    Case("the key in a text", first_few(airline__name=f"see /v1?access_key={KEY}")),
]  # fmt: skip

PACKED = gzip.compress(few())
ENCODINGS = [
    Case("gzip", always(http(PACKED, Content_Encoding="gzip"))),
    Case("gzip of two members",
         always(http(gzip.compress(few()[:50]) + gzip.compress(few()[50:]), Content_Encoding="gzip"))),
    Case("gzip with padding", always(http(PACKED + b"\0" * 99, Content_Encoding="gzip"))),
    Case("deflate", always(http(zlib.compress(few()), Content_Encoding="deflate"))),
    Case("bare deflate", always(http(zlib.compress(few(), wbits=-15), Content_Encoding="deflate"))),
    Case("identity", always(http(few(), Content_Encoding="identity"))),
    Case("chunked", _write(http(b"", Content_Length="", Transfer_Encoding="chunked"),
                           f"{len(few()):x}\r\n".encode() + few() + b"\r\n0\r\n\r\n")),
    Case("no length", always(http(few(), Content_Length=""))),
    Case("a charset that is wrong", always(http(few(), Content_Type="text/html; charset=klingon"))),
    _down("truncated gzip", http(PACKED[:-20], Content_Encoding="gzip"), "gzip is truncated"),
    _down("broken gzip", http(PACKED[:30] + b"\0\0\0\0" + PACKED[34:], Content_Encoding="gzip")),
    _down("invalid gzip", http(few(), Content_Encoding="gzip"), "gzip is broken"),
    _down("gzip twice", http(gzip.compress(PACKED), Content_Encoding="gzip, gzip"), "'gzip, gzip'", 3),
    _down("brotli", http(b"\x0b\x02\x80", Content_Encoding="br"), "'br'", 3),
    _down("an encoding of 9 kB", http(few(), Content_Encoding="x" * 6_000), calls=3),
    _down("a bomb", http(gzip.compress(b" " * (65 << 20)), Content_Encoding="gzip"), "exceeds 64 MiB", calls=1),
    _down("broken chunks", _write(http(b"", Content_Length="", Transfer_Encoding="chunked"), b"zz\r\nabc\r\n")),
    _down("chunks that break after a while", _write(http(b"", Content_Length="", Transfer_Encoding="chunked"),
                                                    b"zz\r\nabc\r\n", pause=0.1), "chunks are broken"),
    _down("a length that is too long", http(few(), Content_Length="99999")),
    _down("a length that is too short", http(few(), Content_Length="99")),
    _down("a negative length", http(few(), Content_Length="-5")),
]  # fmt: skip


def _error(code: object, message: object = "No.", status: int = 200, **headers: str) -> bytes:
    return http(json.dumps({"error": {"code": code, "message": message}}), status, **headers)


def _refused(name: str, answer: bytes, outcome: str, calls: int = 1, words: str = "") -> Case:
    return Case(name, always(answer), outcome, calls=calls, words=words)


LONG = "x" * 86_000
ERRORS = [
    *(_refused(f"HTTP {status} without a body", http(b"", status), kind)
      for status, kind in [(400, "BadRequest"), (401, "KeyRefused"), (402, "BadRequest"), (404, "ApiUnavailable"),
                           (405, "BadRequest"), (407, "ApiUnavailable"), (410, "BadRequest"), (418, "BadRequest"),
                           (422, "BadRequest"), (451, "BadRequest")]),
    *(_refused(f"HTTP {status} to elsewhere", http(b"", status, Location=f"https://elsewhere.example/?access_key={KEY}"),
               "ApiUnavailable", words="redirects to elsewhere.example") for status in (301, 302, 307, 308)),
    _refused("a redirect to nowhere", http(b"", 302, Location="http://["), "ApiUnavailable"),
    _refused("a redirect without a place", http(b"", 304), "ApiUnavailable"),
    *(_down(f"HTTP {status}", http("<html>", status)) for status in (403, 408, 425, 500, 502, 503, 504, 520, 599)),
    _down("HTTP 204", http(b"", 204)),
    _down("HTTP 999", http(few(), 999)),
    Case("HTTP 206 with a page", always(http(few(), 206))),
    _down("a page with HTTP 500", http(few(), 500)),
    _refused("a refused key in HTTP 200", _error("invalid_access_key"), "KeyRefused"),
    _refused("a plan in HTTP 200", _error("function_access_restricted"), "PlanRefused"),
    _refused("an old code", http('{"success":false,"error":{"code":104,"info":"No."}}'), "QuotaExhausted"),
    _refused("validation in HTTP 200", _error("validation_error"), "BadRequest"),
    _refused("a spent month", _error("usage_limit_reached", status=429), "QuotaExhausted"),
    _refused("a spent month in words", _error("rate_limit_reached", "Monthly limit", 429), "QuotaExhausted"),
    _refused("a spent month by header", _error("rate_limit_reached", status=429, x_quota_remaining="0"),
             "QuotaExhausted"),
    _refused("a limit per second", _error("x", "usage limited to 5 requests per second", 429), "RateLimited", calls=6),
    _refused("a quota per minute", _error("rate_limit_reached", "Your quota is 60 per minute", 429), "RateLimited", 6),
    _refused("a month with calls left", _error("rate_limit_reached", "monthly", 429, x_quota_remaining="9"),
             "RateLimited", calls=6),
    _refused("a Retry-After of 30 years", _error("rate_limit_reached", status=429, Retry_After="999999999"),
             "RateLimited", words="asks to wait"),
    _refused("a Retry-After in 9999", _error("rate_limit_reached", status=429,
                                              Retry_After="Fri, 31 Dec 9999 23:59:59 -0800"), "RateLimited"),
    _refused("an invalid Retry-After", _error("rate_limit_reached", status=429, Retry_After="soon"), "RateLimited",
             calls=6),
    _refused("a Retry-After below 0", _error("rate_limit_reached", status=429, Retry_After="-5"), "RateLimited", 6),
    _down("an unknown code", _error("teapot_mode")),
    _down("an error that is a text", http('{"error":"no"}')),
    _down("an error that is a list", http('{"error":[1,2]}')),
    _down("an error and a page", http(b'{"error":{"code":"internal_error"},' + few()[1:])),
    _down("a code that is an object", _error({"a": 1}, status=500)),
    _down("a message of 86 kB", _error("internal_error", LONG, 500)),
    _refused("a code of 86 kB", _error(LONG, status=400), "BadRequest"),
    _refused("a context of 86 kB", http(json.dumps({"error": {"code": "validation_error", "context": {LONG: [LONG]}}}),
                                        422), "BadRequest"),
    _down("the key in the message", _error("internal_error", f"/v1/flights?access_key={KEY}&x", 500)),
    _refused("the key in the code", _error(KEY, status=400), "BadRequest"),
    _down("markup in the message", _error("internal_error", "see [/docs/offset] [bold]", 500)),
    _down("escape codes in the message", _error("internal_error", "\x1b[2J\x1b[31m\u202eevil", 500)),
    _down("HTML of 86 kB", http("<html>" + LONG, 503)),
    Case("a date that is not served", always(_error("internal_error", "date must be above 2026-11-28", 500)),
         "BadRequest", calls=2),
]  # fmt: skip

HEADERS = [
    *(
        Case(f"a Date of {date or 'nothing'}", always(http(few(), Date=date)), skewed=1)
        for date in ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -0800", "Mon, 99 Foo 2026", "tomorrow",
                     "Mon, 01 Jan 0001 00:00:00 +0800", "Wed, 01 Dec 2032 00:00:00 GMT")
    ),
    Case("an Age of 30 years", always(http(few(), Date="Thu, 01 Jan 1970 00:00:00 GMT", Age="1795240800")), skewed=1),
    Case("an invalid Age", always(http(few(), Age="old"))),
    *(
        Case(f"a quota of {limit[:20]}", always(http(few(), x_quota_limit=limit, x_quota_remaining=left)))
        for limit, left in (("100", "-5"), ("-100", "5"), ("9" * 400, "5"), ("many", "few"), ("0", "0"), ("1e9", "NaN"))
    ),
    Case("cookies", always(http(few(), Set_Cookie=f"session={KEY}; Domain=.example"))),
    Case("a source that a server on loopback claims", always(http(few(), x_aviastack_source="[red]the moon"))),
    _down("a header of 100 kB", http(few(), X_Long="x" * 100_000), "127.0.0.1 does not answer"),
    _down("a thousand long headers", http(few(), **{f"X_{n}": "x" * 500 for n in range(1_000)}), calls=None),
]  # fmt: skip

WIRE = [
    _down("closed at once", _write()),
    _down("closed after the headers", _write(http(few()).split(b"\r\n\r\n")[0] + b"\r\n\r\n")),
    _down("closed within the headers", _write(http(few())[:30])),
    _down("closed within the body", _write(http(few())[:-99])),
    _down("reset at once", _write(reset=True)),
    _down("reset within the body", _write(http(few())[:-99], reset=True), calls=None),
    _down("not HTTP", _write(b"SSH-2.0-OpenSSH_9.6\r\n")),
    _down("86 kB that are not HTTP", _write(b"x" * 86_000 + b"\r\n\r\n")),
    _down("HTTP of version 9", _write(b"HTTP/9.9 200 OK\r\n\r\n")),
    _down("an invalid status", _write(b"HTTP/1.1 abc OK\r\n\r\n")),
    _down("a header with NUL", _write(b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n")),
    _down("silence", _write(pause=600), calls=3, too_slow=True),
    _down("a drip", _write(*[bytes([byte]) for byte in http(few())[:40]], pause=0.5), calls=3, too_slow=True),
    _down("two answers at once", _write(http(few()) + http(page([record(99)]))), "Data after"),
    Case("a continuation first", _write(b"HTTP/1.1 100 Continue\r\n\r\n" + http(few()))),
]


def _second(answer: bytes) -> Answer:
    return paged(lambda request, honest: answer if request.offset == 100 else honest)


def _ignored(request: Request, honest: dict[str, Any]) -> dict[str, Any]:
    return {**honest, "records": [record(number) for number in range(100)], "offset": None}


def _doubled(request: Request, honest: dict[str, Any]) -> dict[str, Any]:
    """The last row of the list is the first one again, byte for byte."""
    rows = honest["records"]
    return {**honest, "records": [*rows[:-1], record(0)] if request.offset == 200 else rows}


def _another(request: Request, honest: dict[str, Any]) -> dict[str, Any]:
    """The last row of the list has the key of the first one, and other values."""
    rows = honest["records"]
    other = record(0, {"flight_status": "active"})
    return {**honest, "records": [*rows[:-1], other] if request.offset == 200 else rows}


PAGING = [
    Case("the honest list", paged(), rows=MANY, calls=3),
    Case("a row twice, byte for byte", paged(_doubled), rows=MANY - 1, calls=3, words="byte for byte"),
    Case("a list with two rows of one key", paged(_another), INCOMPLETE, rows=MANY - 1, calls=3),
    Case("an offset that is ignored", paged(_ignored), INCOMPLETE, rows=100, calls=3,
         words="the same rows at the offsets 0, 100, 200, so it ignores the offset"),
    Case("an offset that is ignored in a list of a million rows", paged(_ignored, total=10**6), INCOMPLETE, rows=100,
         calls=None, max_calls=20_000, words="so it ignores the offset"),
    _down("an offset that is ignored and named",
          paged(lambda _, honest: {**honest, "records": [record(n) for n in range(100)], "offset": 0}), calls=None),
    Case("a total that changes", paged(lambda r, honest: {**honest, "total": MANY + r.offset // 100}), INCOMPLETE,
         rows=MANY, calls=3, words="the total changed"),
    Case("a page that is short",
         paged(lambda r, honest: {**honest, "records": honest["records"][: 97 if r.offset == 100 else 100]}),
         INCOMPLETE, rows=MANY - 3, calls=None, words="97 rows instead of 100"),
    Case("a page that is empty", paged(lambda r, honest: honest if r.offset != 100 else {**honest, "records": []}),
         INCOMPLETE, rows=MANY - 100, calls=None, words="0 rows instead of 100"),
    Case("an offset that is refused", _second(_error("validation_error", status=422)), INCOMPLETE, rows=MANY - 100,
         calls=None, words="refuses to page on"),
    Case("a page of nonsense", _second(http("<html>")), "ApiUnavailable", calls=None),
    Case("a key that is refused halfway", _second(_error("inactive_user", status=401)), "KeyRefused", calls=None),
    Case("a month that ends halfway", _second(_error("usage_limit_reached", status=429)), "QuotaExhausted", calls=None),
    Case("faults that pass", paged(lambda r, honest: http("", 502) if r.number % 2 == 0 else honest), rows=MANY,
         calls=None),
    Case("a list without end", lambda r: http(page([record(n) for n in range(r.offset, r.offset + 100)],
                                                   offset=r.offset, total=99_999_999)), "BudgetExhausted", calls=None),
    Case("rows of another airline",
         always(http(page([record(n, {"airline.iata": "DL", "airline.icao": "DAL"}) for n in range(FEW)]))),
         INCOMPLETE, words="did not apply a filter"),
    Case("rows of another date", always(http(page([record(n, {"flight_date": "2026-10-02"}) for n in range(FEW)]))),
         INCOMPLETE, words="did not apply a filter"),
    Case("one row of another airline", always(http(few(record(9, {"airline.iata": "UA"})))), INCOMPLETE, rows=FEW + 1),
]  # fmt: skip

CASES = [*NUMBERS, *BODIES, *RECORDS, *ENCODINGS, *ERRORS, *HEADERS, *WIRE, *PAGING]
