"""Settings for servers on loopback, patched aioresponses, and a real Redis."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientResponse
from aioresponses import aioresponses

from aviastack.settings import Settings, settings_from
from tests.support.api_servers import KEY, RedisServer, ScriptedApi, serving


@pytest.fixture
async def server() -> AsyncIterator[ScriptedApi]:
    api = ScriptedApi()
    async with serving(api.handle) as api.url:
        yield api


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[..., Settings]:
    """Settings for an API at ``url``, without pace and with a ledger of the test's own."""

    def made(url: str, **given: Any) -> Settings:
        usual = {"base_url": url, "access_key": KEY, "pace": "off", "state": tmp_path / "state"}
        return settings_from(**usual | given)

    return made


@pytest.fixture
def answered() -> Iterator[aioresponses]:
    """aioresponses, adapted to aiohttp 3.14, whose responses need an argument that it does not pass."""

    class Response(ClientResponse):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{"stream_writer": SimpleNamespace(output_size=0), **kwargs})

    with aioresponses() as mock:
        add = mock.add
        mock.add = lambda *args, **kwargs: add(*args, response_class=Response, **kwargs)
        yield mock


@pytest.fixture(scope="session")
def redis_binary() -> str:
    found = shutil.which("redis-server")
    if found is None and os.environ.get("CI"):
        pytest.fail("redis-server is not installed; CI must have it")
    if found is None:
        pytest.skip("redis-server is not installed")
    return found


@pytest.fixture
def redis_server(redis_binary: str) -> Iterator[RedisServer]:
    server = RedisServer(redis_binary)
    server.start()
    yield server
    server.stop()
