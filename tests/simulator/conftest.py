"""A simulator of the test's own, and a plain client for it that knows nothing of ours."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from aviastack.simulator import running_simulator

TODAY = date(2026, 11, 21)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.json["data"]

    @property
    def pagination(self) -> dict[str, Any]:
        return self.json["pagination"]

    @property
    def error(self) -> str:
        return self.json["error"]["code"]


class Client:
    """Asks one simulator; every call opens a connection."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(
        self, endpoint: str, *, headers: Mapping[str, str] | None = None, key: str | None = "k", **query: Any
    ) -> Answer:
        asked = {name: value for name, value in query.items() if value is not None}
        if key is not None:
            asked["access_key"] = key
        return self.fetch(f"/v1/{endpoint}?{urlencode(asked)}", headers)

    def fetch(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=300)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            response: HTTPResponse = connection.getresponse()
            body = response.read()
            lower = {name.lower(): value for name, value in response.getheaders()}
            if lower.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            return Answer(response.status, lower, body)
        finally:
            connection.close()

    def control(self, word: str) -> Any:
        return self.fetch(f"/_sim/{word}").json

    def pages(self, endpoint: str, *, limit: int = 1000, **query: Any) -> list[dict[str, Any]]:
        """All rows of a list that does not move."""
        rows: list[dict[str, Any]] = []
        while True:
            answer = self.get(endpoint, limit=limit, offset=len(rows), **query)
            rows += answer.rows
            if len(rows) >= answer.pagination["total"]:
                return rows


@contextmanager
def simulated(**switches: Any) -> Iterator[Client]:
    with running_simulator(**{"today": TODAY, "flights_per_day": 2_000, **switches}) as url:
        yield Client(url)


@pytest.fixture(scope="module")
def api() -> Iterator[Client]:
    """A faultless simulator that the tests of a module share."""
    with simulated() as client:
        yield client


@pytest.fixture(scope="session")
def settled_day() -> list[dict[str, Any]]:
    """A whole day of 20,000 flights that no longer moves."""
    with simulated(flights_per_day=20_000) as client:
        return client.pages("flights", flight_date="2026-11-18")
