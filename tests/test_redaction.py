from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from aviastack.api.session import Api
from aviastack.client import AviationStack, fetch_flights
from aviastack.errors import AviastackError, BadRequest
from aviastack.redaction import KeyFilter, conceal, logger, redacted, scrubbed
from aviastack.settings import settings_from
from tests.support.api_servers import KEY, serving

FAIL = """
import asyncio, json, logging, sys, traceback
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(name)s %(message)s %(args)s")
import stamina
from aviastack.api.retries import RetryPolicy
from aviastack.api.session import Api
from aviastack.errors import AviastackError
from aviastack.settings import settings_from
from aviastack.slices import Slice

async def main():
    settings = settings_from(pace="off", max_calls=50)
    api = Api(settings, retry_policy=RetryPolicy(attempts=2, first=0, longest=0, jitter=0))
    print(repr(api), repr(settings), vars(api))
    async with api:
        for offset in range(12):
            try:
                await api.fetch_page(Slice.of("flights"), offset=offset, limit=1)
            except AviastackError as error:
                print(repr(error), error, error.to_json(), error.__reduce__())
                traceback.print_exc()
                print("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
                chained = error
                while chained is not None:
                    print(repr(chained), chained.args)
                    chained = chained.__cause__ or chained.__context__
        print(await api.quota())
    raise RuntimeError(f"a bug that shows {api!r} {settings!r}")

asyncio.run(main(), debug=True)
"""


@pytest.mark.parametrize(
    "wrong", [{"base_url": "ftp://x"}, {"pace": "fast"}, {"flight_date": "soon"}, {"airline": "AA"}], ids=str
)
@pytest.mark.parametrize("start", [fetch_flights, AviationStack, settings_from], ids=lambda start: start.__name__)
def test_a_key_that_was_passed_as_a_keyword_is_in_no_frame_of_ours(start, wrong):
    with pytest.raises(AviastackError) as caught:
        start(access_key=KEY, **wrong)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in trace.stack if "aviastack" in Path(frame.filename).parts]
    assert KEY not in "".join(map(str, ([*(frame.locals or {}).items()] for frame in ours)))


@pytest.fixture
async def spiteful():
    """Fails in every way, and puts the key that it was sent into every answer."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        key = request.query["access_key"]
        number = int(request.query["offset"])
        detail = f"bad request for {request.url} with {key}"
        if number == 0:
            request.transport.abort()
            return web.Response()
        if number == 1:
            return web.Response(status=302, headers={"Location": str(request.url)})
        if number == 2:
            return web.Response(body=detail.encode()[:5])
        if number == 3:
            return web.Response(text=f"<html>{detail}", content_type="text/html")
        statuses = {4: 401, 5: 403, 6: 422, 7: 429, 8: 500, 9: 404, 10: 200}
        body = {"error": {"code": f"code_{key}", "message": detail, "context": {key: [{"message": detail}]}}}
        headers = {"x-apilayer-transaction-id": key, "Retry-After": "0", "Date": key, "x-quota-remaining": key}
        return web.json_response(body, status=statuses.get(number, 502), headers=headers)

    async with serving(handler) as url:
        yield url


@pytest.mark.parametrize(
    ("key", "reachable"), [(KEY, True), ("odd key/with+signs&more=é", True), ("odd key/with+signs&more=é", False)]
)
async def test_a_failing_run_writes_its_key_nowhere(spiteful, tmp_path: Path, key, reachable):
    state, url = tmp_path / "state", spiteful if reachable else "http://127.0.0.1:1/v1"
    environment = {"AVIASTACK_ACCESS_KEY": key, "AVIASTACK_BASE_URL": url, "AVIASTACK_STATE": str(state)}
    run = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", FAIL],
        env=os.environ | environment,
        capture_output=True,
    )
    written = run.stdout + run.stderr + b"".join(path.read_bytes() for path in sorted(state.iterdir()))
    assert b"a bug that shows" in run.stderr
    assert b"Traceback" in run.stderr
    assert written.count(b"ApiUnavailable") > 4
    for form in {key, quote(key), quote(key, safe=""), quote_plus(key), repr(key)[1:-1]}:
        assert form.encode() not in written


async def test_an_address_with_the_key_in_it_does_not_tell_it(tmp_path):
    with pytest.raises(BadRequest) as caught:
        Api(settings_from(base_url=f"https://api.example/v1?access_key={KEY}", access_key=KEY, state=tmp_path))
    assert KEY not in str(caught.value)


def test_what_follows_access_key_is_hidden_whoevers_key_it_is():
    text = "GET http://api/v1/flights?limit=1&access_key=somebody-elses&offset=0 'access_key=another'"
    assert redacted(text) == "GET http://api/v1/flights?limit=1&access_key=***&offset=0 'access_key=***'"


def test_a_value_too_short_to_be_a_key_hides_nothing():
    conceal("demo")
    assert redacted("a demo of flights") == "a demo of flights"
    assert scrubbed(b'{"name":"demo"}', "demo") == b'{"name":"demo"}'


@given(key=st.text(min_size=6, max_size=40), before=st.text(max_size=5), after=st.text(max_size=5))
def test_any_concealed_value_is_found_in_text_json_url_and_repr(key, before, after):
    conceal(key)
    forms = [key, json.dumps(key), repr(key), json.dumps(key, ensure_ascii=False)]
    if not any(0xD800 <= ord(c) <= 0xDFFF for c in key):
        forms.append(str(URL("https://api/v1").with_query(access_key=key)))
    for form in forms:
        assert key not in redacted(f"{before}{form}{after}").replace("***", "\0")


def records(caplog) -> str:
    return "".join(record.getMessage() + (record.exc_text or "") for record in caplog.records)


def test_a_loggers_records_are_clean_whatever_handler_gets_them(caplog):
    conceal(KEY)
    log = logger("aviastack.test")
    assert logger("aviastack.test") is log
    assert len(log.filters) == 1
    with caplog.at_level(logging.DEBUG):
        try:
            int(f"in the URL ?access_key={KEY}")
        except ValueError:
            log.exception("asked %s with %r", "flights", {"key": KEY})
        log.warning("no arguments for %s", exc_info=False)
    assert KEY not in records(caplog)
    assert KEY not in caplog.text
    assert "in the URL ?access_key=***" in caplog.text


def test_a_record_that_can_not_be_formatted_is_still_clean(capsys):
    conceal(KEY)
    record = logging.LogRecord("aviastack", logging.INFO, __file__, 1, "%d calls", (KEY,), None)
    assert KeyFilter().filter(record)
    assert KEY not in record.getMessage()
