"""One request on the wire, one reply: HTTPS, no redirects, bounded in size and time, and counted as it leaves.

The key joins the URL at the last moment, in a middleware, so that most of aiohttp's own errors never see it. What an
error says is redacted, and the error itself is left behind: a chained traceback would hold the URL.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Mapping
from ipaddress import ip_address

import aiohttp
from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse
from yarl import URL

from aviastack.api.responses import LARGEST, Reply
from aviastack.api.retries import Fault
from aviastack.errors import ApiUnavailable, BadRequest
from aviastack.redaction import conceal, logger, redacted
from aviastack.settings import Settings

CONNECT, TOTAL = 10.0, 60.0  # seconds; answers took up to 5 s on record
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "aviastack"}
_DNS_TTL = 300
_UNREACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)  # no connection, so nothing was sent
_UNREACHED_ATTEMPTS = 4  # a host that can't be reached at all is told of after about 4 seconds

log = logger(__name__)


class Wire:
    """A session with the API under one key. Use it as a context manager, in one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.base = checked_base(settings.base_url)
        self._key = settings.access_key
        self._concurrency = settings.concurrency
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open the session; no connection is made yet."""
        if self.base.scheme == "http" and not _is_loopback(self.base):
            log.warning("AVIASTACK_BASE_URL is http: the access key travels to %s in the clear.", self.base.host)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._concurrency, ttl_dns_cache=_DNS_TTL),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=TOTAL, connect=CONNECT),
            auto_decompress=False,
            read_bufsize=2**18,
            proxy=_proxy(self.base),
        )
        # aiohttp sends a GET again by itself when a kept connection drops: a call that no pace has let through. It has
        # no public switch for that (3.14); tests/api/test_transport.py fails if this one stops working.
        self._session._retry_connection = False  # noqa: SLF001

    async def close(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, query: Mapping[str, str], sent: Callable[[], None]) -> Reply:
        """Send one GET and return the whole reply; ``sent`` is called for each request that was put on the wire.

        Raises a :class:`Fault` where the network failed, :class:`ApiUnavailable` for a certificate that does not hold
        or a body over 64 MiB, :class:`BadRequest` for an address that is none.
        """
        if self._session is None:
            raise RuntimeError("The API is not open: use it as `async with Api(settings) as api`.")
        failure: Exception
        try:
            async with self._session.get(
                self.base / path, allow_redirects=False, middlewares=(self._signed(query, sent),)
            ) as response:
                return Reply(response.status, response.headers, await _body(response))
        except aiohttp.InvalidURL:
            failure = _no_address(str(self.base))
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            failure = ApiUnavailable(
                f"No trusted connection to {self.base.host} ({_told(error)}).", remedy="Check AVIASTACK_BASE_URL."
            )
        except _UNREACHED as error:
            failure = Fault(self._unreachable(error), attempts=_UNREACHED_ATTEMPTS)
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = Fault(self._unreachable(error))
        raise failure

    def _signed(self, query: Mapping[str, str], sent: Callable[[], None]) -> ClientMiddlewareType:
        """The middleware that every request passes on its way out, one that aiohttp sends again by itself as well."""

        async def sign(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
            request.url = request.url.with_query({**query, "access_key": self._key.get_secret_value()})
            connected = True
            try:
                return await handler(request)
            except _UNREACHED:
                connected = False
                raise
            finally:
                if connected:
                    sent()

        return sign

    def _unreachable(self, error: Exception) -> ApiUnavailable:
        return ApiUnavailable(
            f"{self.base.host} does not answer ({_told(error)}).",
            remedy="Check the network and AVIASTACK_BASE_URL, or try again later.",
        )


def checked_base(address: str) -> URL:
    """Return the API's base URL; raises :class:`BadRequest` where it is no plain http(s) address."""
    try:
        base = URL(address.rstrip("/"))
        wrong = base.scheme not in ("http", "https") or not base.host or base.port is None
    except ValueError:
        raise _no_address(address) from None
    if wrong or base.query_string or base.fragment or base.user:
        raise _no_address(address)
    return base


async def _body(response: ClientResponse) -> bytes:
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise ApiUnavailable(f"The API answered {response.url.path} with more than {LARGEST >> 20} MiB.")
    return b"".join(chunks)


def _no_address(address: str) -> BadRequest:
    return BadRequest(
        f"AVIASTACK_BASE_URL is '{redacted(address)}', which is no address of an API.",
        remedy="Write it as https://api.aviationstack.com/v1, without query or password.",
    )


def _told(error: Exception) -> str:
    text = redacted(str(error)).strip() or f"no whole answer within {TOTAL:.0f} s"
    return f"{type(error).__name__}: {text}"


def _is_loopback(base: URL) -> bool:
    try:
        return base.host == "localhost" or ip_address(base.host or "").is_loopback
    except ValueError:
        return False


def _proxy(base: URL) -> URL | None:
    """The proxy that the environment names for the API's host (HTTPS_PROXY, NO_PROXY), asked once."""
    host = base.host or ""
    if _is_loopback(base) or urllib.request.proxy_bypass(host):
        return None
    address = urllib.request.getproxies().get(base.scheme)
    if not address:
        return None
    proxy = URL(address)
    if proxy.password:
        conceal(proxy.password)
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise BadRequest(
            f"The proxy that the environment names for {host} is '{redacted(address)}', which is no http address.",
            remedy=f"Mend {base.scheme.upper()}_PROXY, or except the host in NO_PROXY.",
        )
    return proxy
