"""Turns a response into a page, or into the right error; the body is read before the status.

A page must be whole JSON with as many rows as it counts, at the requested offset. One pass of msgspec checks that and
skips over the rows: 0.7 ms per megabyte, a fifth of the cost of decoding them. A body without ``pagination`` (2.3 % of
30,212 recorded calls, in bursts) is a transient error. A single bad record does not spoil its page: it is quarantined
when the page is parsed.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from aviastack.api.api_errors import error_from, quoted
from aviastack.api.arrival import arrival
from aviastack.api.masking import masked, without_deep_values
from aviastack.api.retries import TransientError, retry_after
from aviastack.errors import ApiUnavailable, counted
from aviastack.limits.quota import quota_of
from aviastack.page import Page, Pagination
from aviastack.redaction import scrubbed

LARGEST = 64 * 2**20  # bytes, on the wire and unpacked: 40 times the largest body on record
MOST_ROWS = 100_000  # on a page: 100 times the largest on record
MOST_VALUES = 10_000_000  # on a page; a row has about 45, and each takes over 50 bytes while the page is checked
USUAL = 4 * 2**20  # bytes of a body, up to which its values are too few to be counted
LARGEST_LIST = 100_000_000  # rows: 1,000 times the longest list on record; a larger number is not a number of rows
_NOTHING = msgspec.Raw(b"")
_NO_ERROR = {b"", b"null", b"false", b'""', b"{}", b"[]"}
_FORBIDDEN = 403
_OK, _REDIRECTS, _FAILURES = range(200, 300), range(300, 400), range(400, 600)
_UTF_8_BOM, _UTF_16_BOMS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
WRONG_ATTEMPTS = 3  # for a page that is whole and wrong: the next answer is most often the same


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it came over the wire: ``body`` as sent, compressed or not."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:  # a crash report may show it, and the API may have repeated the key in it
        return f"Response({self.status}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The request that a response answers: ``offset`` and ``limit`` in rows, and the key, which must not be kept.

    ``source`` is that of the page: see :class:`~aviastack.page.Page`.
    """

    subject: str
    offset: int
    limit: int
    key: str
    source: str = ""

    def __repr__(self) -> str:
        return f"PageRequest({self.subject!r})"


class _Envelope(msgspec.Struct):
    """The outermost object of a body; rows are skipped over, not decoded."""

    pagination: msgspec.Raw = _NOTHING
    data: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


class _Rows(msgspec.Struct):
    """The same for a body whose ``data`` is a list, with the limits of each row."""

    pagination: Pagination
    data: list[msgspec.Raw]
    error: msgspec.Raw = _NOTHING


_PAGES = msgspec.json.Decoder(_Rows, strict=False)
_ENVELOPES = msgspec.json.Decoder(_Envelope)


def page_from(response: Response, request: PageRequest, *, now: datetime | None = None) -> Page:
    """Return the page in ``response``. ``now`` is our own clock, in UTC.

    Raises an :class:`AviastackError` for what will not change, and a :class:`TransientError` for what may pass.
    """
    if response.status in _REDIRECTS:
        raise _redirected(response, request)
    body, packed = _body(response, request)
    if len(body) > USUAL and body.count(b",") > MOST_VALUES:
        raise _wrong(request, f"it has over {MOST_VALUES:,} values")
    try:
        rows = _decoded(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _not_a_page(response, body, request, error) from None
    if response.status not in _OK or b"".join(bytes(rows.error).split()) not in _NO_ERROR:
        raise _not_a_page(response, body, request)
    _check(rows, request)
    arrived, skewed = arrival(response.headers, now or datetime.now(UTC))
    return Page(
        offset=request.offset,
        limit=request.limit,
        body=body,
        pagination=rows.pagination,
        arrived=arrived,
        skewed=skewed,
        packed=packed,
        source=request.source,
    )


def _decoded(body: bytes) -> _Rows:
    """Decode a page. What the decoder declines in a single record is hidden from it; the body keeps it."""
    try:
        return _PAGES.decode(body)
    except RecursionError:
        try:
            return _PAGES.decode(masked(without_deep_values(body)))
        except msgspec.MsgspecError:
            raise RecursionError from None
    except msgspec.DecodeError:
        plain = masked(body)
        if plain == body:
            raise
        return _PAGES.decode(plain)


def _check(rows: _Rows, request: PageRequest) -> None:
    """Raise a :class:`TransientError` if the page contradicts itself or answers another request."""
    own = rows.pagination
    for name in ("limit", "offset", "count", "total"):
        number = getattr(own, name)
        if number is not None and not 0 <= number <= LARGEST_LIST:
            raise _wrong(request, f"pagination.{name} is {quoted(str(number))[:40]}, which is not a number of rows")
    if len(rows.data) > MOST_ROWS:
        raise _wrong(request, f"it has {counted(len(rows.data), 'row')}, and a page has at most {MOST_ROWS:,}")
    if own.count != len(rows.data):
        raise _wrong(request, f"pagination.count is {own.count}, but data has {counted(len(rows.data), 'row')}")
    if own.offset not in (None, request.offset):
        raise _wrong(request, f"pagination.offset is {own.offset}")
    if own.total < own.count:
        raise _wrong(request, f"pagination.total is {own.total}, but pagination.count is {own.count}")


def _not_a_page(response: Response, body: bytes, request: PageRequest, error: Exception | None = None) -> Exception:
    """Return the error that a response without a page stands for; ``error`` is the decoder's."""
    fields = _fields(body)
    if response.status not in _FAILURES and not fields.get("error"):
        if body.startswith(_UTF_16_BOMS):
            return _wrong(request, "UTF-16 or UTF-32 instead of UTF-8")
        if isinstance(error, msgspec.ValidationError) and _has_pagination_and_data(body):
            return _wrong(request, quoted(str(error)))
        if isinstance(error, RecursionError):
            return _wrong(request, "JSON that is nested too deeply")
        return (_wrong if _is_whole(body) else _malformed)(request, _description(body))
    _, remaining = quota_of(response.headers)
    after = retry_after(response.headers.get("Retry-After"), datetime.now(UTC).timestamp())
    if not fields and response.status == _FORBIDDEN:  # from a firewall before the API: not its word on the plan
        what = f"{request.subject}: HTTP 403, {_description(body)}"
        return TransientError(ApiUnavailable(f"Something in front of the API refuses the request ({what})."))
    subject = request.subject if fields else f"{request.subject}, {_description(body)}"
    return error_from(response.status, fields, subject=subject, remaining=remaining, after=after)


def _has_pagination_and_data(body: bytes) -> bool:
    try:
        envelope = _ENVELOPES.decode(body)
    except msgspec.MsgspecError:
        return False
    except RecursionError:  # of one of them
        return True
    return all(bytes(part) not in (b"", b"null") for part in (envelope.pagination, envelope.data))


def _is_whole(body: bytes) -> bool:
    """Whether a body begins and ends like a page and is not JSON, so that something else than a cut spoilt it."""
    if body[:1] != b"{" or body.rstrip()[-1:] != b"}" or b'"pagination"' not in body or b'"data"' not in body:
        return False
    try:
        _ENVELOPES.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return True
    return False


def _fields(body: bytes) -> dict[str, Any]:
    """Return the fields of a body that is a JSON object, without its rows; empty if it is none."""
    try:
        _ENVELOPES.decode(body)
        fields = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return {}
    return {name: value for name, value in fields.items() if name != "data"}


def _description(body: bytes) -> str:
    """Describe a body that is not a page, for a message."""
    start = body[:200].decode(errors="replace").lstrip("\ufeff \t\r\n")
    if not start:
        return "an empty body"
    if start.startswith("<"):
        return f"HTML instead of JSON: {quoted(start)[:80]}"
    try:
        _ENVELOPES.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return f"{len(body):,} bytes that are not whole JSON"
    return "JSON without pagination and data"


def _malformed(request: PageRequest, why: str) -> TransientError:
    return TransientError(ApiUnavailable(f"Malformed page for {request.subject}: {why}.", remedy="Try again later."))


def _wrong(request: PageRequest, why: str) -> TransientError:
    """Return the error of a response that is whole and wrong, which costs fewer attempts."""
    return TransientError(_malformed(request, why).error, attempts=WRONG_ATTEMPTS)


def _redirected(response: Response, request: PageRequest) -> ApiUnavailable:
    try:
        host = urlsplit(response.headers.get("Location", "")).hostname or "the same host"
    except ValueError:
        host = "an invalid address"
    return ApiUnavailable(
        f"The API redirects to {quoted(host)} ({request.subject}: HTTP {response.status}). Redirects are not followed, "
        "because the access key would go with them.",
        remedy="Check AVIASTACK_BASE_URL.",
    )


def _body(response: Response, request: PageRequest) -> tuple[bytes, bytes | None]:
    """Return the body unpacked and without the key, and as it came in gzip if both are the same."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        unpacked = response.body
    elif encoding in _WINDOW_BITS:
        unpacked = _unpacked(response.body, encoding, request)
    else:
        raise _wrong(request, f"its Content-Encoding is '{quoted(encoding)[:40]}', and gzip was requested")
    body = scrubbed(unpacked.removeprefix(_UTF_8_BOM), request.key)
    return body, response.body if body is unpacked and "gzip" in encoding else None


def _unpacked(packed: bytes, encoding: str, request: PageRequest) -> bytes:
    """Unpack one or several whole members of bounded size; a checksum shows whether one is truncated."""
    bits = _WINDOW_BITS[encoding]
    if encoding == "deflate" and not _is_zlib(packed):
        bits = -zlib.MAX_WBITS
    parts, size = [], 0
    while packed:
        stream = zlib.decompressobj(bits)
        try:
            parts.append(stream.decompress(packed, LARGEST - size))
        except zlib.error:
            raise _malformed(request, f"its {encoding} is broken") from None
        size += len(parts[-1])
        if stream.unconsumed_tail or size >= LARGEST:
            raise ApiUnavailable(f"The response to {request.subject} exceeds {LARGEST >> 20} MiB.")
        if not stream.eof:
            raise _malformed(request, f"its {encoding} is truncated")
        packed = stream.unused_data.lstrip(b"\0")  # padding after the last member is legal
    return b"".join(parts)


def _is_zlib(packed: bytes) -> bool:
    """Whether a "deflate" body has the zlib header; some servers send bare deflate."""
    return len(packed) > 1 and packed[0] & 0x0F == 8 and (packed[0] << 8 | packed[1]) % 31 == 0  # noqa: PLR2004  RFC 1950
