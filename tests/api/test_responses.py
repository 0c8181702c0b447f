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
from aviastack.api.responses import Asked, Reply, page_from
from aviastack.api.retries import Fault
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

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
ASKED = Asked("flights live at offset 0", 0, 100, KEY)
ONE_ROW = b'{"pagination":{"limit":100,"offset":0,"count":1,"total":7},"data":[{"flight_date":"2026-11-21"}]}'


def read(body: bytes, status: int = 200, **headers: str) -> Page:
    return page_from(Reply(status, {k.replace("_", "-"): v for k, v in headers.items()}, body), ASKED)


def error_of(body: object, status: int = 200, **headers: str) -> Exception:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises((AviastackError, Fault)) as caught:
        read(encoded, status, **headers)
    return caught.value


def settled(error: Exception) -> AviastackError:
    """The error that ends the call if asking again does not help."""
    return error.error if isinstance(error, Fault) else error


def test_a_page_is_kept_as_sent_with_its_pagination_and_time_of_arrival():
    page = read(ONE_ROW, Date="Sat, 21 Nov 2026 06:00:01 GMT")
    assert page.body is ONE_ROW
    assert page.pagination == Pagination(limit=100, offset=0, count=1, total=7)
    assert page.arrived == datetime(2026, 11, 21, 6, 0, 1, tzinfo=UTC)
    assert page.packed is None


@pytest.mark.parametrize("header", [None, "yesterday", ""])
def test_without_a_date_header_our_clock_tells_the_arrival(header):
    page = read(ONE_ROW, **({} if header is None else {"Date": header}))
    assert abs(datetime.now(UTC) - page.arrived) < timedelta(seconds=5)


def test_gzip_is_kept_as_it_came_and_read_unpacked():
    packed = gzip.compress(ONE_ROW)
    page = read(packed, Content_Encoding="gzip")
    assert page.packed is packed
    assert page.body == ONE_ROW


def test_a_key_that_the_api_repeats_is_taken_out_and_the_packed_bytes_are_dropped():
    told = ONE_ROW.replace(b"2026-11-21", KEY.encode())
    page = read(gzip.compress(told), Content_Encoding="gzip")
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
        asked = Asked("recorded", said["offset"] or 0, 100, KEY)
        assert page_from(Reply(200, {}, body), asked).pagination == Pagination(**said)


@pytest.mark.parametrize("where", [1, 0.1, 0.5, 0.9, -1, -2])
def test_a_truncated_body_is_a_fault_wherever_it_was_cut(where):
    body = ONE_ROW.replace(b"[{", b"[{" + b'"a":{"b":"]}"},' * 50)
    cut = int(len(body) * where) if isinstance(where, float) else where
    assert isinstance(error_of(body[:cut]), Fault)


def test_a_body_with_a_hole_in_its_middle_is_a_fault():
    rows = b",".join(b'{"a":%d}' % n for n in range(10))
    body = b'{"pagination":{"limit":10,"offset":0,"count":10,"total":10},"data":[' + rows + b"]}"
    assert read(body).pagination.count == 10
    for hole in range(len(body) // 2, len(body) // 2 + 20):
        assert isinstance(error_of(body[:hole] + body[hole + 8 :]), Fault)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"data":[]}', "without pagination"),
        (b'{"pagination":{"limit":100,"offset":0,"count":0,"total":0}}', "without pagination"),
        (b"{}", "without pagination"),
        (b'{"pagination":null,"data":null,"error":null}', "without pagination"),
        (b'{"pagination":{"limit":100,"offset":0,"count":2,"total":2},"data":[{}]}', "count is 2 and it has 1 rows"),
        (b'{"pagination":{"limit":100,"offset":100,"count":0,"total":2},"data":[]}', "stands at offset 100"),
        (b'{"pagination":{"limit":100,"offset":0,"count":1,"total":0},"data":[{}]}', "its total is 0"),
        (b'{"pagination":{"limit":9,"offset":0,"count":1,"total":1},"data":["\xff"]}', "not UTF-8"),
        (b"<!DOCTYPE html><html><title>502 Bad Gateway</title>", "HTML instead of JSON"),
        (b"", "an empty body"),
        (b'callback({"pagination":{}})', "not whole JSON"),
        (b'["pagination"]', "not whole JSON"),
        (b'{"pagination":{},"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not whole JSON"),
    ],
)
def test_what_is_no_page_is_asked_for_again(body, why):
    error = error_of(body)
    assert isinstance(error, Fault)
    assert isinstance(error.error, ApiUnavailable)
    assert why in str(error)


@pytest.mark.parametrize(
    "packed",
    [b"", b"plain text", gzip.compress(ONE_ROW)[:-9], gzip.compress(ONE_ROW) + b"more"],
    ids=["empty", "not gzip", "cut", "followed by more"],
)
def test_gzip_that_is_not_whole_is_asked_for_again(packed):
    assert isinstance(error_of(packed, Content_Encoding="gzip"), Fault)


def test_a_body_that_unpacks_beyond_the_bound_is_refused_for_good(monkeypatch):
    monkeypatch.setattr(responses, "LARGEST", 2**20)
    bomb = gzip.compress(b'{"data":"' + b" " * 2**21 + b'"}')
    assert len(bomb) < 4096
    error = error_of(bomb, Content_Encoding="gzip")
    assert isinstance(error, ApiUnavailable)
    assert "more than 1 MiB" in str(error)


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
    assert isinstance(error, Fault) is again
    assert code in str(error)


def test_an_unknown_error_in_http_200_may_pass():
    error = error_of({"error": {"code": "something_new", "message": "No."}})
    assert isinstance(error, Fault)
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
    assert isinstance(error, Fault) is again


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
    assert isinstance(error, Fault) is again
    assert "HTML" in str(error)


@pytest.mark.parametrize("message", ["Your monthly usage limit has been reached.", "You exceeded your MONTHLY quota."])
def test_a_spent_month_is_told_from_a_rate_limit_of_the_same_code_by_its_message(message):
    assert isinstance(error_of({"error": {"code": "rate_limit_reached", "message": message}}, 429), QuotaExhausted)


def test_a_spent_month_is_told_from_a_rate_limit_by_the_header():
    body = {"error": {"code": "rate_limit_reached", "message": "Slow down."}}
    assert isinstance(error_of(body, 429, x_quota_remaining="0"), QuotaExhausted)
    assert isinstance(error_of(body, 429, x_quota_remaining="3"), Fault)


@pytest.mark.parametrize(("header", "after"), [("7", 7), ("0", 0), ("soon", None), ("-1", None)])
def test_retry_after_is_read(header, after):
    error = error_of({"error": {"code": "rate_limit_reached", "message": "Slow down."}}, 429, Retry_After=header)
    assert error.after == after


def test_retry_after_as_a_date_is_counted_from_now():
    later = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    error = error_of({"error": {"code": "rate_limit_reached", "message": "Slow down."}}, 429, Retry_After=later)
    assert 25 < error.after <= 30


def test_a_500_that_names_a_date_is_a_bad_request_asked_twice_at_most():
    error = error_of({"error": {"code": "internal_error", "message": "date must be above 2026-11-28"}}, 500)
    assert isinstance(error, Fault)
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
        page = page_from(Reply(status, headers, sent[:cut]), ASKED)
    except (Fault, AviastackError) as error:
        told = settled(error)
    else:
        told = None
        assert len(json.loads(page.body)["data"]) == page.pagination.count
    assert told is None or told.message
