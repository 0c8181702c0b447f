from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aviastack.api import responses
from aviastack.api.responses import PageRequest, Response, page_from
from aviastack.api.retries import TransientError, retry_after
from aviastack.errors import (
    ApiUnavailable,
    AviastackError,
    BadRequest,
    KeyRefused,
    PlanRefused,
    QuotaExhausted,
    RateLimited,
)
from aviastack.page import Page, Pagination
from aviastack.records.parse_rows import split_records

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
REQUEST = PageRequest("flights live at offset 0", 0, 100, KEY)
NOW = datetime(2026, 11, 21, 6, 0, 0, tzinfo=UTC)
ONE_ROW = b'{"pagination":{"limit":100,"offset":0,"count":1,"total":7},"data":[{"flight_date":"2026-11-21"}]}'


def read(body: bytes, status: int = 200, **headers: str) -> Page:
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return page_from(Response(status, named, body), REQUEST, now=NOW)


def error_of(body: object, status: int = 200, **headers: str) -> Exception:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises((AviastackError, TransientError)) as caught:
        read(encoded, status, **headers)
    return caught.value


def settled(error: Exception) -> AviastackError:
    """The error that ends the call if asking again does not help."""
    return error.error if isinstance(error, TransientError) else error


def test_a_page_is_kept_as_sent_with_its_pagination_and_time_of_arrival():
    page = read(ONE_ROW, Date="Sat, 21 Nov 2026 06:00:01 GMT")
    assert page.body is ONE_ROW
    assert page.pagination == Pagination(limit=100, offset=0, count=1, total=7)
    assert page.arrived == datetime(2026, 11, 21, 6, 0, 1, tzinfo=UTC)
    assert page.packed is None


CLOCKS = {
    "no Date": ({}, NOW, False),
    "an empty Date": ({"Date": ""}, NOW, True),
    "words": ({"Date": "yesterday"}, NOW, True),
    "a minute behind": ({"Date": "Sat, 21 Nov 2026 05:59:00 GMT"}, NOW - timedelta(minutes=1), False),
    "in another zone": ({"Date": "Sat, 21 Nov 2026 07:01:00 +0100"}, NOW + timedelta(minutes=1), False),
    "six minutes ahead": ({"Date": "Sat, 21 Nov 2026 06:06:00 GMT"}, NOW, True),
    "two weeks ahead": ({"Date": "Sat, 05 Dec 2026 06:00:00 GMT"}, NOW, True),
    "the epoch": ({"Date": "Thu, 01 Jan 1970 00:00:00 GMT"}, NOW, True),
    "year 9999 west of Greenwich": ({"Date": "Fri, 31 Dec 9999 23:59:59 -0800"}, NOW, True),
    "year 1 east of Greenwich": ({"Date": "Mon, 01 Jan 0001 00:00:00 +0800"}, NOW, True),
    "an unknown month": ({"Date": "Mon, 99 Foo 2026 06:00:00 GMT"}, NOW, True),
    "a cache of an hour": (
        {"Date": "Sat, 21 Nov 2026 05:00:00 GMT", "Age": "3600"},
        NOW - timedelta(hours=1),
        False,
    ),
    "a cache whose age does not fit": ({"Date": "Sat, 21 Nov 2026 05:00:00 GMT", "Age": "60"}, NOW, True),
    "a cache of fifty years": ({"Date": "Thu, 01 Jan 1970 00:00:00 GMT", "Age": "1795240800"}, NOW, True),
    "a negative age": ({"Date": "Sat, 21 Nov 2026 06:00:00 GMT", "Age": "-5"}, NOW, False),
    "an age beyond all time": ({"Date": "Sat, 21 Nov 2026 06:00:00 GMT", "Age": "9" * 30}, NOW, False),
}


@pytest.mark.parametrize(("headers", "as_of", "skewed"), CLOCKS.values(), ids=CLOCKS)
def test_a_foreign_clock_is_believed_only_if_it_agrees_with_ours(headers, as_of, skewed):
    page = read(ONE_ROW, **headers)
    assert (page.arrived, page.skewed) == (as_of, skewed)


@pytest.mark.parametrize("name", ["limit", "offset", "count", "total"])
@pytest.mark.parametrize("number", ["-1", "1e12", "100000001", "1" + "0" * 400, "0.5", "true", '"many"', "[]"])
def test_a_number_that_counts_no_rows_makes_the_page_malformed(name, number):
    numbers = {"limit": "100", "offset": "0", "count": "1", "total": "1"} | {name: number}
    pagination = ",".join(f'"{key}":{value}' for key, value in numbers.items())
    error = error_of(b'{"pagination":{' + pagination.encode() + b'},"data":[{}]}')
    assert isinstance(error, TransientError)
    assert isinstance(error.error, ApiUnavailable)
    assert len(str(error)) < 300


ENCODED = {
    "a byte order mark": (b"\xef\xbb\xbf" + ONE_ROW, ""),
    "gzip": (gzip.compress(ONE_ROW), "gzip"),
    "gzip in capitals": (gzip.compress(ONE_ROW), " GZIP "),
    "gzip of two members": (gzip.compress(ONE_ROW[:40]) + gzip.compress(ONE_ROW[40:]), "gzip"),
    "gzip with padding": (gzip.compress(ONE_ROW) + b"\0" * 512, "x-gzip"),
    "gzip of a byte order mark": (gzip.compress(b"\xef\xbb\xbf" + ONE_ROW), "gzip"),
    "deflate": (zlib.compress(ONE_ROW), "deflate"),
    "bare deflate": (zlib.compress(ONE_ROW, wbits=-15), "deflate"),
    "identity": (ONE_ROW, "identity"),
}


@pytest.mark.parametrize(("body", "encoding"), ENCODED.values(), ids=ENCODED)
def test_every_encoding_that_servers_use_is_read(body, encoding):
    page = read(body, **({"Content-Encoding": encoding} if encoding else {}))
    assert page.body == ONE_ROW
    assert page.packed is None or gzip.decompress(page.packed) == ONE_ROW


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (b"\x0b\x02\x80", "br", "Content-Encoding is 'br'"),
        (gzip.compress(gzip.compress(ONE_ROW)), "gzip, gzip", "Content-Encoding is 'gzip, gzip'"),
        (ONE_ROW.decode().encode("utf-16"), "", "UTF-16 or UTF-32 instead of UTF-8"),
        (zlib.compress(ONE_ROW)[:-4], "deflate", "its deflate is truncated"),
    ],
)
def test_an_encoding_that_is_not_read_is_named(body, encoding, why):
    assert why in str(error_of(body, **({"Content-Encoding": encoding} if encoding else {})))


@pytest.mark.parametrize(
    "row",
    [
        rb'{"a":"\ud800"}', rb'{"a":"x\uDFFFy"}', rb'{"a":"\ud83d\ude00 \ud83d"}',
        b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}',
        b"null", b"5", b"[]", rb'"\\ud800"',
    ],
)  # fmt: skip
def test_one_bad_record_does_not_spoil_its_page(row):
    body = b'{"pagination":{"limit":100,"offset":0,"count":2,"total":2},"data":[{},' + row + b"]}"
    page = read(body)
    assert page.body == body
    assert page.pagination.count == 2


def test_gzip_is_kept_as_it_came_and_read_unpacked():
    packed = gzip.compress(ONE_ROW)
    page = read(packed, Content_Encoding="gzip")
    assert page.packed is packed
    assert page.body == ONE_ROW


def test_a_key_that_the_api_repeats_is_taken_out_and_the_packed_bytes_are_dropped():
    echoed = ONE_ROW.replace(b"2026-11-21", KEY.encode())
    page = read(gzip.compress(echoed), Content_Encoding="gzip")
    assert KEY.encode() not in page.body
    assert page.packed is None
    assert json.loads(page.body)["data"] == [{"flight_date": "***"}]


def test_every_recorded_body_is_a_page(recorded: Path):
    bodies = [
        path.read_bytes() for folder in ("flights_live", "reference") for path in (recorded / folder).glob("*.json")
    ]
    bodies += [gzip.decompress(path.read_bytes()) for path in (recorded / "flights_future").glob("*.json.gz")]
    assert len(bodies) == 25
    for body in bodies:
        said = json.loads(body)["pagination"]
        asked = PageRequest("recorded", said["offset"] or 0, 100, KEY)
        assert page_from(Response(200, {}, body), asked).pagination == Pagination(**said)


@pytest.mark.parametrize("where", [1, 0.1, 0.5, 0.9, -1, -2])
def test_a_truncated_body_is_a_fault_wherever_it_was_cut(where):
    body = ONE_ROW.replace(b"[{", b"[{" + b'"a":{"b":"]}"},' * 50)
    cut = int(len(body) * where) if isinstance(where, float) else where
    assert isinstance(error_of(body[:cut]), TransientError)


def test_a_body_with_a_hole_in_its_middle_is_a_fault():
    rows = b",".join(b'{"a":%d}' % n for n in range(10))
    body = b'{"pagination":{"limit":10,"offset":0,"count":10,"total":10},"data":[' + rows + b"]}"
    assert read(body).pagination.count == 10
    for hole in range(len(body) // 2, len(body) // 2 + 20):
        assert isinstance(error_of(body[:hole] + body[hole + 8 :]), TransientError)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"data":[]}', "without pagination"),
        (b'{"pagination":{"limit":100,"offset":0,"count":0,"total":0}}', "without pagination"),
        (b"{}", "without pagination"),
        (b'{"pagination":null,"data":null,"error":null}', "without pagination"),
        (
            b'{"pagination":{"limit":100,"offset":0,"count":2,"total":2},"data":[{}]}',
            "pagination.count is 2, but data has 1 row",
        ),
        (b'{"pagination":{"limit":100,"offset":100,"count":0,"total":2},"data":[]}', "pagination.offset is 100"),
        (b'{"pagination":{"limit":100,"offset":0,"count":1,"total":0},"data":[{}]}', "pagination.total is 0"),
        (b"<!DOCTYPE html><html><title>502 Bad Gateway</title>", "HTML instead of JSON"),
        (b"", "an empty body"),
        (b'callback({"pagination":{}})', "not whole JSON"),
        (b'["pagination"]', "not whole JSON"),
        (b'{"pagination":{},"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "at `$.pagination`"),
    ],
)
def test_what_is_no_page_is_asked_for_again(body, why):
    error = error_of(body)
    assert isinstance(error, TransientError)
    assert isinstance(error.error, ApiUnavailable)
    assert why in str(error)


@pytest.mark.parametrize(
    "packed",
    [b"plain text", gzip.compress(ONE_ROW)[:-9], gzip.compress(ONE_ROW) + b"more"],
    ids=["not gzip", "cut", "followed by more"],
)
def test_gzip_that_is_not_whole_is_asked_for_again(packed):
    assert isinstance(error_of(packed, Content_Encoding="gzip"), TransientError)


def test_a_body_that_unpacks_beyond_the_bound_is_refused_for_good(monkeypatch):
    monkeypatch.setattr(responses, "LARGEST", 2**20)
    bomb = gzip.compress(b'{"data":"' + b" " * 2**21 + b'"}')
    assert len(bomb) < 4096
    error = error_of(bomb, Content_Encoding="gzip")
    assert isinstance(error, ApiUnavailable)
    assert "exceeds 1 MiB" in str(error)


def test_null_limit_and_offset_are_a_page_as_timetable_sends_them():
    page = read(b'{"pagination":{"limit":null,"offset":null,"count":2,"total":2},"data":[{},{}]}')
    assert page.pagination == Pagination(limit=None, offset=None, count=2, total=2)


def test_numbers_sent_as_text_are_read():
    page = read(b'{"pagination":{"limit":"100","offset":"0","count":"1","total":"7"},"data":[{}]}')
    assert page.pagination == Pagination(limit=100, offset=0, count=1, total=7)


@pytest.mark.parametrize("empty", [b"null", b"false", b"{}", b"[ ]", b'""'])
def test_an_error_that_says_nothing_does_not_spoil_a_page(empty):
    assert read(ONE_ROW[:-1] + b',"error":' + empty + b"}").pagination.count == 1


@pytest.mark.parametrize("status", [200, 401, 500])
def test_an_error_in_the_body_wins_over_status_and_data(status):
    body = json.loads(ONE_ROW) | {"error": {"code": "invalid_access_key", "message": "wrong"}}
    assert isinstance(error_of(body, status), KeyRefused)


BY_CODE = [
    (401, "invalid_access_key", KeyRefused, False),
    (401, "missing_access_key", KeyRefused, False),
    (401, "inactive_user", KeyRefused, False),
    (403, "https_access_restricted", PlanRefused, False),
    (403, "function_access_restricted", PlanRefused, False),
    (404, "invalid_api_function", ApiUnavailable, False),
    (404, "404_not_found", ApiUnavailable, False),
    (400, "validation_error", BadRequest, False),
    (422, "validation_error", BadRequest, False),
    (429, "usage_limit_reached", QuotaExhausted, False),
    (429, "rate_limit_reached", RateLimited, True),
    (500, "internal_error", ApiUnavailable, True),
]
BY_STATUS = [
    (503, "something_new", ApiUnavailable, True),
    (400, "something_new", BadRequest, False),
    (408, "something_new", ApiUnavailable, True),
]


@pytest.mark.parametrize(
    ("status", "code", "kind", "again"), [*BY_CODE, *((200, *rest) for _, *rest in BY_CODE), *BY_STATUS]
)
def test_the_code_decides_which_error_it_is_also_in_http_200_and_else_the_status(status, code, kind, again):
    error = error_of({"error": {"code": code, "message": "No."}}, status)
    assert isinstance(settled(error), kind)
    assert isinstance(error, TransientError) is again
    assert code in str(error)


def test_an_unknown_error_in_http_200_may_pass():
    error = error_of({"error": {"code": "something_new", "message": "No."}})
    assert isinstance(error, TransientError)
    assert isinstance(error.error, ApiUnavailable)


def test_a_validation_error_names_its_parameters():
    context = {"flight_date": [{"key": "invalid_flight_date", "message": "flight_date is not a valid date"}]}
    body = {"error": {"code": "validation_error", "message": "Request failed", "context": context}}
    assert "flight_date: flight_date is not a valid date" in str(error_of(body, 422))


@pytest.mark.parametrize(
    ("status", "kind", "again"),
    [(401, KeyRefused, False), (403, PlanRefused, False), (429, RateLimited, True), (502, ApiUnavailable, True)],
)
def test_the_gateways_bare_message_goes_by_status(status, kind, again):
    error = error_of({"message": "Unauthorized"}, status)
    assert isinstance(settled(error), kind)
    assert isinstance(error, TransientError) is again


@pytest.mark.parametrize(
    ("number", "name", "kind"),
    [(101, "invalid_access_key", KeyRefused), (104, "usage_limit_reached", QuotaExhausted), (105, None, PlanRefused)],
)
def test_numbered_errors_of_older_products_are_known(number, name, kind):
    error = {"code": number, "info": "No."} | ({"type": name} if name else {})
    assert isinstance(error_of({"success": False, "error": error}), kind)


@pytest.mark.parametrize(
    ("status", "kind", "again"),
    [
        (401, KeyRefused, False),
        (403, ApiUnavailable, True),  # a wall in front of the API, not a word on the plan
        (404, ApiUnavailable, False),
        (429, RateLimited, True),
        (503, ApiUnavailable, True),
    ],
)
def test_html_goes_by_status(status, kind, again):
    error = error_of(b"<html><title>Attention Required! | Cloudflare</title></html>", status)
    assert isinstance(settled(error), kind)
    assert isinstance(error, TransientError) is again
    assert "HTML" in str(error)


@pytest.mark.parametrize("code", ["rate_limit_reached", ""])
@pytest.mark.parametrize(
    ("message", "remaining", "kind"),
    [
        ("Your monthly usage limit has been reached.", None, QuotaExhausted),
        ("You exceeded your MONTHLY quota.", None, QuotaExhausted),
        ("You exceeded your MONTHLY quota.", "3", RateLimited),
        ("Slow down.", "0", QuotaExhausted),
        ("Slow down.", "3", RateLimited),
        ("Slow down.", None, RateLimited),
        ("Usage is limited to 5 requests per second", None, RateLimited),
        ("Your quota is 60 requests/minute", None, RateLimited),
        ("quota: 100 calls every 10 seconds", None, RateLimited),
        ("Usage: 5 calls a second; see your monthly plan", None, RateLimited),
    ],
)
def test_a_429_means_the_month_by_the_header_then_by_its_words(code, message, remaining, kind):
    headers = {} if remaining is None else {"x-quota-remaining": remaining}
    assert type(settled(error_of({"error": {"code": code, "message": message}}, 429, **headers))) is kind


@pytest.mark.parametrize(("header", "after"), [("7", 7), ("0", 0), ("soon", None), ("-1", None)])
def test_retry_after_is_read(header, after):
    error = error_of({"error": {"code": "rate_limit_reached", "message": "Slow down."}}, 429, Retry_After=header)
    assert error.after == after


@pytest.mark.parametrize(
    ("header", "after"),
    [
        ("Sat, 21 Nov 2026 06:00:30 GMT", 30),
        ("Sat, 21 Nov 2026 05:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -0800", 251_607_088_799),
        ("9" * 400, 999_999_999_999),
        ("٣", None),
    ],
)
def test_retry_after_as_a_date_is_counted_from_now(header, after):
    assert retry_after(header, NOW.timestamp()) == after


def test_a_500_that_names_a_date_is_a_bad_request_asked_twice_at_most():
    error = error_of({"error": {"code": "internal_error", "message": "date must be above 2026-11-28"}}, 500)
    assert isinstance(error, TransientError)
    assert isinstance(error.error, BadRequest)
    assert error.attempts == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_refused_and_names_the_host(status):
    error = error_of(b"", status, Location="https://elsewhere.example/v1/flights?access_key=" + KEY)
    assert isinstance(error, ApiUnavailable)
    assert "elsewhere.example" in str(error)
    assert KEY not in str(error)


def test_foreign_text_is_redacted_put_on_one_line_and_bounded():
    message = f"at\n/v1?access_key={KEY}\x1b[31m " + "x" * 9000
    error = error_of({"error": {"code": "internal_error", "message": message}}, 500)
    assert KEY not in str(error)
    assert len(str(error)) < 500
    assert str(error).isprintable()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
words = st.sampled_from(
    ["pagination", "data", "error", "message", "code", "type", "info", "context", "limit", "offset"]
)
objects = st.dictionaries(words | st.text(max_size=4), json_values | st.dictionaries(words, json_values), max_size=5)
headers = st.dictionaries(
    st.sampled_from(["Date", "Retry-After", "Location", "x-quota-limit", "x-quota-remaining", "Content-Encoding"]),
    st.sampled_from(["gzip", "identity", "br", "0", "5", "-7", "9" * 400, "soon", "Mon, 99 Foo 2026", "http://[", "٣"]),
)


@given(
    body=st.binary(max_size=200) | objects.map(lambda value: json.dumps(value).encode()) | st.just(ONE_ROW),
    cut=st.integers(0, 300),
    status=st.sampled_from([200, 200, 204, 301, 400, 401, 403, 404, 418, 429, 500, 503, 999]),
    headers=headers,
    packed=st.booleans(),
)
@example(ONE_ROW, 300, 200, {}, True)
@example(b'{"error":{"code":1e400,"type":[],"context":{"a":[null,{"key":{}}]}}}', 300, 400, {}, False)
@example(b'{"error":"\xff","pagination":{"limit":1,"offset":0,"count":0,"total":0},"data":[]}', 300, 200, {}, False)
@example(ONE_ROW, 300, 302, {"Location": "http://[", "Date": "Mon, 99 Foo 2026"}, False)
def test_any_reply_is_a_page_or_one_of_our_errors(body, cut, status, headers, packed):
    sent = zlib.compress(body, wbits=31) if packed else body
    try:
        page = page_from(Response(status, headers, sent[:cut]), REQUEST, now=NOW)
    except (TransientError, AviastackError) as error:
        error_seen = settled(error)
    else:
        error_seen = None
        assert len(split_records(page.body)) == page.pagination.count
    assert error_seen is None or error_seen.message
