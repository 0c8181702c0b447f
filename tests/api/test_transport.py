from __future__ import annotations

import asyncio
import logging
import ssl
import subprocess

import aiohttp
import pytest
from aiohttp import web

from aviastack.api import responses, transport
from aviastack.api.retries import TransientError
from aviastack.api.session import Api
from aviastack.api.transport import Transport, checked_base
from aviastack.errors import ApiUnavailable, BadRequest
from tests.support.api_servers import KEY, LIVE, serving

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Dropper:
    """Answers the first request of each connection and drops the connection at the second, unanswered."""

    def __init__(self) -> None:
        self.requests = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        writer.write(HELLO)
        await writer.drain()
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
        except asyncio.IncompleteReadError:
            pass
        writer.close()


class Count:
    def __init__(self) -> None:
        self.sent = 0

    def __call__(self) -> None:
        self.sent += 1


@pytest.fixture
async def dropper():
    api = Dropper()
    server = await asyncio.start_server(api.handle, "127.0.0.1", 0)
    api.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    yield api
    server.close()
    await server.wait_closed()


@pytest.fixture
async def opened():
    wires = []

    async def open_transport(settings) -> Transport:
        made = Transport(settings)
        await made.open()
        wires.append(made)
        return made

    yield open_transport
    for made in wires:
        await made.close()


async def test_a_dropped_connection_is_not_sent_again_behind_our_back(dropper, opened, settings_for):
    made, count = await opened(settings_for(dropper.url)), Count()
    await made.get("flights", {}, count)
    with pytest.raises(TransientError):
        await made.get("flights", {}, count)
    assert dropper.requests == count.sent == 2


async def test_if_aiohttp_sends_again_every_request_is_counted_all_the_same(dropper, opened, settings_for):
    made, count = await opened(settings_for(dropper.url)), Count()
    made._session._retry_connection = True
    await made.get("flights", {}, count)
    await made.get("flights", {}, count)
    assert dropper.requests == count.sent == 3


async def test_the_switch_that_keeps_aiohttp_from_sending_again_exists(opened, settings_for):
    made = await opened(settings_for("http://127.0.0.1:1/v1"))
    assert aiohttp.ClientSession.ATTRS & {"_retry_connection"}
    assert made._session._retry_connection is False


async def test_a_request_that_found_no_connection_is_not_counted(opened, settings_for):
    made, count = await opened(settings_for("http://127.0.0.1:1/v1")), Count()
    with pytest.raises(TransientError) as caught:
        await made.get("flights", {}, count)
    assert count.sent == 0
    assert isinstance(caught.value.error, ApiUnavailable)
    assert "127.0.0.1 does not answer (ClientConnectorError" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_the_key_joins_the_url_last_and_is_encoded(server, opened, settings_for):
    made = await opened(settings_for(server.url, access_key="a key/with&odd=signs"))
    await made.get("flights", {"dep_iata": "SFO"}, Count())
    assert server.asked == [{"dep_iata": "SFO", "access_key": "a key/with&odd=signs"}]


async def test_a_redirect_is_not_followed(server, opened, settings_for):
    server.answers(web.Response(status=302, headers={"Location": server.url + "/elsewhere"}))
    made = await opened(settings_for(server.url))
    reply = await made.get("flights", {}, Count())
    assert reply.status == 302
    assert server.paths == ["/v1/flights"]


async def test_a_body_over_the_bound_is_dropped_before_it_is_read_whole(opened, settings_for, monkeypatch):
    monkeypatch.setattr(transport, "LARGEST", 2**20)
    written = 0

    async def endless(request):
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 2**16)
            written += 2**16

    async with serving(endless) as url:
        made = await opened(settings_for(url))
        with pytest.raises(ApiUnavailable, match="exceeds 1 MiB"):
            await made.get("flights", {}, Count())
    assert written < 8 * 2**20


async def test_a_body_that_ends_early_is_a_fault(opened, settings_for):
    async def cut(request):
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"{")
        request.transport.close()
        return response

    async with serving(cut) as url:
        made = await opened(settings_for(url))
        with pytest.raises(TransientError, match="ClientPayloadError"):
            await made.get("flights", {}, Count())


async def test_an_answer_that_does_not_come_ends_in_time(opened, settings_for, monkeypatch):
    monkeypatch.setattr(transport, "TOTAL", 1.0)

    async def silent(request):
        await asyncio.Event().wait()

    async with serving(silent) as url:
        made, count = await opened(settings_for(url)), Count()
        with pytest.raises(TransientError, match=r"no complete answer within|Timeout"):
            await made.get("flights", {}, count)
    assert count.sent == 1


@pytest.fixture
def own_certificate(tmp_path) -> ssl.SSLContext:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(opened, settings_for, own_certificate):
    async def handle(reader, writer):
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=own_certificate)
    async with server:
        made, count = await opened(settings_for(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")), Count()
        with pytest.raises(ApiUnavailable, match="No trusted connection"):
            await made.get("flights", {}, count)
    assert count.sent == 0


@pytest.mark.parametrize(
    "address",
    ["", "api.aviationstack.com/v1", "ftp://api/v1", "https://", "https://u:p@api/v1", "https://api/v1?a=b", "http://[/v1",
     "https://api:99999/v1"],
)  # fmt: skip
def test_an_address_that_is_none_is_a_bad_request(address):
    with pytest.raises(BadRequest, match="AVIASTACK_BASE_URL") as caught:
        checked_base(address)
    assert "u:p" not in str(caught.value)


def test_the_address_is_https_unless_told_otherwise(settings_for):
    from aviastack.settings import Settings

    assert checked_base(Settings().base_url).scheme == "https"


@pytest.mark.parametrize(
    ("address", "warned"),
    [("http://api.example/v1", True), ("http://127.0.0.1:9/v1", False), ("http://localhost:9/v1", False),
     ("http://[::1]:9/v1", False), ("https://api.example/v1", False)],
)  # fmt: skip
async def test_plain_http_is_warned_of_but_on_loopback(address, warned, opened, settings_for, caplog):
    with caplog.at_level(logging.WARNING, "aviastack"):
        await opened(settings_for(address))
    assert ("unencrypted" in caplog.text) is warned


async def test_the_environments_proxy_is_used_but_never_for_loopback(server, opened, settings_for, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url.removesuffix("/v1"))
    monkeypatch.delenv("no_proxy", raising=False)
    made = await opened(settings_for("http://api.example/v1"))
    await made.get("flights", {}, Count())
    assert server.asked[0]["access_key"] == KEY
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    made = await opened(settings_for(server.url))
    assert (await made.get("flights", {}, Count())).status == 200


@pytest.mark.parametrize("status", [407, 502])
async def test_a_proxy_that_does_not_connect_costs_no_call(opened, settings_for, monkeypatch, status):
    asked = []

    async def handle(reader, writer):
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
        await writer.drain()
        writer.close()

    proxy = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://user:pw@127.0.0.1:{port}")
    monkeypatch.delenv("no_proxy", raising=False)
    async with proxy:
        made, count = await opened(settings_for("https://api.example/v1")), Count()
        with pytest.raises(ApiUnavailable, match=f"does not connect to api.example .HTTP {status}"):
            await made.get("flights", {}, count)
    assert asked == [b"CONNECT api.example:443 HTTP/1.1\r\n"]
    assert count.sent == 0


async def test_a_plain_proxy_that_asks_for_credentials_costs_no_call(settings_for, monkeypatch):
    async def handle(request):
        return web.Response(status=407)

    async with serving(handle) as proxy:
        monkeypatch.setenv("http_proxy", proxy.removesuffix("/v1"))
        monkeypatch.delenv("no_proxy", raising=False)
        async with Api(settings_for("http://api.example/v1")) as api:
            with pytest.raises(ApiUnavailable, match="asks for credentials"):
                await api.fetch_page(LIVE, offset=0, limit=1)
            assert api.calls == (await api.quota()).used == 0


async def test_a_foreign_text_in_a_wire_fault_is_bounded(opened, settings_for):
    async def handle(reader, writer):
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\n" + b"x" * 80_000 + b"\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        made = await opened(settings_for(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"))
        with pytest.raises(TransientError) as caught:
            await made.get("flights", {}, Count())
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("proxy", ["socks5://user:pw@127.0.0.1:1080", "proxy.example:3128"])
async def test_a_proxy_that_can_not_be_used_is_told_without_its_password(opened, settings_for, monkeypatch, proxy):
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(BadRequest, match="HTTPS_PROXY") as caught:
        await opened(settings_for("https://api.example/v1"))
    assert "pw@" not in str(caught.value)


def test_the_bounds_are_what_the_documentation_says():
    assert (transport.CONNECT, transport.TOTAL, responses.LARGEST) == (10, 60, 64 * 2**20)
