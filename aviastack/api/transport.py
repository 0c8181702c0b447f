"""One request, one response: HTTPS, no redirects, bounded in size and time, and counted when it is sent.

The key joins the URL in a middleware, at the last moment, so that most of aiohttp's own errors never see it. An error's
text is redacted and bounded, and the error itself is not chained: its traceback would hold the URL.
"""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from types import SimpleNamespace

import aiohttp
from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from aviastack.api.api_errors import quoted
from aviastack.api.responses import LARGEST, Response
from aviastack.api.retries import TransientError
from aviastack.errors import ApiUnavailable, BadRequest
from aviastack.redaction import conceal, logger, without_password
from aviastack.settings import Settings

LOOK = 0.25  # seconds without a byte of a body, after which it is checked whether the connection is still there
CONNECT, TOTAL = 10.0, 60.0  # seconds; answers took up to 5 s on record
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "aviastack"}
_DNS_TTL = 300
_UNREACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_UNREACHED_ATTEMPTS = 4  # a host that can't be reached is reported after about 4 seconds
_SILENT_ATTEMPTS = 3  # a host that does not answer in time is reported after 3 minutes

log = logger(__name__)


class Transport:
    """A session with the API under one key. Use it as a context manager, in one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.base = checked_base(settings.base_url)
        self.is_loopback = _is_loopback(self.base)  # whether the API is a server on this machine
        self._key = settings.access_key
        self._concurrency = settings.concurrency
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open the session; no connection is made yet."""
        if self.base.scheme == "http" and not self.is_loopback:
            log.warning("AVIASTACK_BASE_URL is http: the access key travels to %s unencrypted.", self.base.host)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._concurrency, ttl_dns_cache=_DNS_TTL),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=TOTAL, connect=CONNECT),
            auto_decompress=False,
            read_bufsize=2**18,
            proxy=_proxy(self.base),
            trace_configs=[_sent_trace()],
        )
        # aiohttp sends a GET again when a kept connection drops: a call that no pace has let through. It has no public
        # switch for that (3.14); tests/api/test_transport.py fails if this one stops working.
        self._session._retry_connection = False  # noqa: SLF001

    async def close(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, query: Mapping[str, str], sent: Callable[[], None]) -> Response:
        """Send one GET and return the whole response; ``sent`` is called each time a request is sent to the API.

        Raises a :class:`TransientError` if the network failed, :class:`ApiUnavailable` for an invalid certificate, a
        proxy that refuses or a body over 64 MiB, and :class:`BadRequest` for an invalid address.
        """
        if self._session is None:
            raise RuntimeError("The API is not open: use it as `async with Api(settings) as api`.")
        failure: Exception
        try:
            async with self._session.get(
                self.base / path,
                allow_redirects=False,
                middlewares=(self._signed(query),),
                trace_request_ctx=sent,
            ) as response:
                return Response(response.status, response.headers, await _body(response))
        except aiohttp.InvalidURL:
            failure = _invalid_address(str(self.base))
        except aiohttp.ClientHttpProxyError as error:
            failure = ApiUnavailable(
                f"The proxy does not connect to {self.base.host} (HTTP {error.status}: {quoted(error.message)}).",
                remedy="Check HTTPS_PROXY and its user and password, or exempt the host with NO_PROXY.",
            )
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            failure = ApiUnavailable(
                f"No trusted connection to {self.base.host} ({_summary(error)}).", remedy="Check AVIASTACK_BASE_URL."
            )
        except _UNREACHED as error:
            failure = TransientError(self._unreachable(error), attempts=_UNREACHED_ATTEMPTS)
        except TimeoutError as error:
            failure = TransientError(self._unreachable(error), attempts=_SILENT_ATTEMPTS)
        except (aiohttp.ClientError, OSError) as error:
            failure = TransientError(self._unreachable(error))
        raise failure

    def _signed(self, query: Mapping[str, str]) -> ClientMiddlewareType:
        """Return the middleware that adds query and key to every request."""

        async def sign(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
            request.url = request.url.with_query({**query, "access_key": self._key.get_secret_value()})
            return await handler(request)

        return sign

    def _unreachable(self, error: Exception) -> ApiUnavailable:
        return ApiUnavailable(
            f"{self.base.host} does not answer ({_summary(error)}).",
            remedy="Check the network and AVIASTACK_BASE_URL, or try again later.",
        )


def checked_base(address: str) -> URL:
    """Return the API's base URL; raises :class:`BadRequest` if it is not a plain http(s) address."""
    try:
        base = URL(address.rstrip("/"))
        wrong = base.scheme not in ("http", "https") or not base.host or base.port is None
    except ValueError:
        raise _invalid_address(address) from None
    if wrong or base.query_string or base.fragment or base.user or base.password:
        raise _invalid_address(address)
    return base


def _sent_trace() -> aiohttp.TraceConfig:
    """Return a trace that calls a request's ``sent`` when its headers are written; CONNECT to a proxy is not traced."""
    trace = aiohttp.TraceConfig()

    async def on_sent(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        context.trace_request_ctx()

    trace.on_request_headers_sent.append(on_sent)
    return trace


async def _body(response: ClientResponse) -> bytes:
    chunks, size = [], 0
    while chunk := await _next_chunk(response):
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise ApiUnavailable(f"The response to {response.url.path} exceeds {LARGEST >> 20} MiB.")
    return b"".join(chunks)


async def _next_chunk(response: ClientResponse) -> bytes:
    """Return the next bytes of the body, none at its end. Bytes that are here already need no timer.

    aiohttp (3.14) closes the connection when chunks are broken, but does not wake who waits for the body: without
    looking at the connection, that would be a wait for the whole timeout.
    """
    if (here := response.content.read_nowait()) or response.content.at_eof():
        return here
    while True:
        try:
            async with asyncio.timeout(LOOK) as look:
                return await response.content.readany()
        except TimeoutError:
            if not look.expired():
                raise
        if response.connection is None or not _is_open(response.connection.protocol):
            raise aiohttp.ClientPayloadError("the connection was closed within the body, or its chunks are broken")


def _is_open(protocol: ResponseHandler | None) -> bool:
    return protocol is not None and protocol.is_connected() and protocol.exception() is None


def _invalid_address(address: str) -> BadRequest:
    return BadRequest(
        f"Invalid AVIASTACK_BASE_URL '{quoted(without_password(address))}': it must be an http(s) address.",
        remedy="Write it as https://api.aviationstack.com/v1, without query, user or password.",
    )


def _summary(error: Exception) -> str:
    text = quoted(str(error)) or f"no complete answer within {TOTAL:.0f} s"
    return f"{type(error).__name__}: {text}"


def _is_loopback(base: URL) -> bool:
    try:
        return base.host == "localhost" or ip_address(base.host or "").is_loopback
    except ValueError:
        return False


def _proxy(base: URL) -> URL | None:
    """Return the proxy that the environment names for the API's host (HTTPS_PROXY, NO_PROXY)."""
    host = base.host or ""
    if _is_loopback(base) or urllib.request.proxy_bypass(host):
        return None
    address = urllib.request.getproxies().get(base.scheme)
    if not address:
        return None
    try:
        proxy = URL(address)
    except ValueError:
        proxy = URL()
    if proxy.password:
        conceal(proxy.password)
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise BadRequest(
            f"Invalid proxy '{quoted(without_password(address))}' for {host}: it must be an http address.",
            remedy=f"Fix {base.scheme.upper()}_PROXY, or exempt the host with NO_PROXY.",
        )
    return proxy
