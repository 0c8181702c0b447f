"""Marts with four days of three airlines, made once; and a Chromium without a network, over its own protocol."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from aviastack.api.session import Api
from aviastack.endpoints import FLIGHTS
from aviastack.marts.dbt_profile import profile_variables
from aviastack.pipeline.backfill import run_all, slices_between
from aviastack.pipeline.outcome import Outcome
from aviastack.pipeline.run import Pipeline
from aviastack.report import write_report
from aviastack.settings import Settings, settings_from
from aviastack.simulator import running_simulator
from aviastack.staging.open_store import open_store
from tests.dbt.warehouses import run_dbt

LAST = datetime.now(UTC).date() - timedelta(days=3)
FIRST = LAST - timedelta(days=3)


@pytest.fixture(scope="session")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose warehouse has the marts of a few days of three airlines."""
    folder = tmp_path_factory.mktemp("marts")
    with running_simulator(flights_per_day=12_000) as url:
        settings = settings_from(
            base_url=url,
            access_key="simulated",
            plan="enterprise",
            pace="off",
            staging=str(folder / "staging"),
            warehouse=f"duckdb:///{folder / 'warehouse.duckdb'}",
            state=folder / "state",
        )
        days = [LAST - timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
        slices = slices_between(FLIGHTS, days, {"airline_iata": "AA,BA,QF"})

        async def run() -> None:
            async with Api(settings) as api:
                results = await run_all(Pipeline(settings, open_store(settings.staging), api), slices)
            assert all(isinstance(result, Outcome) for result in results), results

        asyncio.run(run())
    build_models(settings)
    return settings


def build_models(settings: Settings) -> None:
    """Build the marts without the tests of their data, which the demo runs over the same simulation."""
    work = settings.state / "dbt"
    work.mkdir(parents=True, exist_ok=True)
    command = ["build", "--exclude-resource-type", "test", "unit_test"]
    run_dbt(command, work=work, target=work / "target", variables=profile_variables(settings))


class Page:
    """A page in Chromium: what it logged, what it asked for, and what a script in it says."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.errors: list[str] = []
        self.asked: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        async for message in self._socket:
            event = json.loads(message.data)
            self._note(event)
            if event.get("id") == self._number:
                return dict(event["result"])
        raise AssertionError("Chromium hung up")

    async def says(self, expression: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    async def opens(self, address: str, *, width: int, scheme: str) -> None:
        """Open an address, and forget what the page before it logged and asked for."""
        await self.call("Page.navigate", url="about:blank")
        self.errors.clear()
        self.asked.clear()
        for domain in ("Runtime", "Log", "Page", "Network"):
            await self.call(f"{domain}.enable")
        await self.call(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0
        )
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        await self.call("Page.navigate", url="about:blank")  # so that a page drawn before is not taken for this one
        await self.call("Page.navigate", url=address)
        while not await self.says("document.documentElement.dataset.drawn"):
            assert not self.errors, self.errors
            await asyncio.sleep(0.1)

    def _note(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown" or (
            method in ("Runtime.consoleAPICalled", "Log.entryAdded")
            and "error" in (parameters.get("type"), parameters.get("entry", {}).get("level"))
        ):
            self.errors.append(json.dumps(parameters))
        if method == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])


@pytest.fixture(scope="module")
def page_file(marts: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report, once."""
    return write_report(marts, FIRST, LAST, tmp_path_factory.mktemp("report") / "report.html")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    """Run one Chromium for all tests; its page is opened by each."""
    async with chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Page]:
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and CI is to have it")
        pytest.skip("Chromium is not installed")
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
    browser = await asyncio.create_subprocess_exec(
        program,
        *("--headless=new", "--no-sandbox", "--disable-gpu", *quiet),
        *("--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert browser.stderr is not None
        port = None
        while port is None:
            line = (await browser.stderr.readline()).decode()
            assert line, "Chromium ended before it listened"
            port = re.search(r"ws://127\.0\.0\.1:(\d+)/", line)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port[1]}/json") as answer:
                [address] = [tab["webSocketDebuggerUrl"] for tab in await answer.json() if tab["type"] == "page"]
            async with session.ws_connect(address, max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        browser.kill()
        await browser.communicate()
