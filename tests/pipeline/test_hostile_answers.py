"""Nothing from outside is believed: every answer of the hostile server ends as its table says.

Each run is bounded in time and calls, writes no wrong row, and says nothing that is too long or holds the key.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from aviastack.api import transport
from aviastack.api.retries import RetryPolicy
from aviastack.api.session import Api
from aviastack.endpoints import FLIGHTS
from aviastack.errors import AviastackError
from aviastack.manifest import Manifest
from aviastack.pipeline.backfill import AT_ONCE as SLICES_AT_ONCE
from aviastack.pipeline.backfill import run_all, slices_between
from aviastack.pipeline.outcome import Failed, Result
from aviastack.pipeline.run import Pipeline
from aviastack.settings import settings_from
from aviastack.slices import Slice
from aviastack.staging.open_store import open_store
from tests.support.hostile_server import (
    AIRLINE,
    CASES,
    COMPLETE,
    DAY,
    INCOMPLETE,
    KEY,
    Case,
    HostileServer,
    always,
    hostile_server,
    http,
)

SLICE = Slice.of("flights", {"flight_date": DAY, "airline_iata": AIRLINE})
AT_ONCE = RetryPolicy(first=0, longest=0, jitter=0)
LONGEST_MESSAGE = 2_000
MOST_CALLS = 200  # of any case, with or without a limit
BOUND = 300  # seconds after which a run counts as hanging; it takes a few hundredths


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileServer]:
    with hostile_server() as server:
        yield server


async def _run(url: str, root: Path, max_calls: int | None) -> Manifest | AviastackError:
    settings = settings_from(
        base_url=url, access_key=KEY, pace="off", max_calls=max_calls, concurrency=4,
        staging=str(root / "staging"), state=root / "state",
    )  # fmt: skip
    async with Api(settings, retry_policy=AT_ONCE) as api:
        try:
            async with asyncio.timeout(BOUND):
                outcome = await Pipeline(settings, open_store(settings.staging), api).extract_and_stage(SLICE)
        except AviastackError as error:
            return error
    return outcome.manifest


def _flights(root: Path, manifest: Manifest) -> Counter[str]:
    tables = [pq.read_table(root / "staging" / file.path, partitioning=None) for file in manifest.staged]
    return Counter(number for table in tables for number in table["flight_number"].to_pylist())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_hostile_answer_ends_as_it_should(case: Case, hostile, tmp_path, monkeypatch, caplog, capfd) -> None:
    if case.too_slow:
        monkeypatch.setattr(transport, "TOTAL", 1.0)
    hostile.answers(case.answer)
    with caplog.at_level(logging.DEBUG, "aviastack"):
        result = asyncio.run(_run(hostile.url, tmp_path, case.max_calls))

    said = str(result) if isinstance(result, AviastackError) else result.proof
    if isinstance(result, AviastackError):
        assert type(result).__name__ == case.outcome, said
    else:
        assert (COMPLETE if result.complete else INCOMPLETE) == case.outcome, said
        assert (result.rows, result.quarantined, result.clock_skew_pages) == (case.rows, case.quarantined, case.skewed)
        flights = _flights(tmp_path, result)
        assert max(flights.values(), default=1) == 1
        assert set(flights) <= {str(number) for number in range(10_000)}
        assert len(result.to_json()) < 100_000
    assert case.words in said
    if case.calls is not None:
        assert len(hostile.requests) == case.calls
    assert len(hostile.requests) <= MOST_CALLS

    out, err = capfd.readouterr()
    texts = [said, *(record.getMessage() for record in caplog.records if record.name.startswith("aviastack"))]
    assert max(map(len, texts)) <= LONGEST_MESSAGE
    assert not any(re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text) for text in texts)
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(KEY in text for text in (*texts, out, err))
    assert not any(KEY.encode() in content for content in files)


def test_the_table_is_long_and_no_case_is_there_twice() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 120


def test_an_api_that_is_down_ends_a_backfill_after_the_calls_of_a_few_slices(hostile, tmp_path) -> None:
    hostile.answers(always(http("", 503)))
    days = [date(2026, 10, day) for day in range(1, 21)]
    slices = slices_between(FLIGHTS, days, {"airline_iata": AIRLINE})
    settings = settings_from(
        base_url=hostile.url, access_key=KEY, pace="off", staging=str(tmp_path / "staging"), state=tmp_path / "state"
    )

    async def backfill() -> list[Result]:
        async with Api(settings, retry_policy=AT_ONCE) as api:
            pipeline = Pipeline(settings, open_store(settings.staging), api)
            return await run_all(pipeline, slices, load=False)

    results = asyncio.run(backfill())
    assert len(hostile.requests) <= AT_ONCE.attempts * SLICES_AT_ONCE
    assert len(results) < len(slices)
    assert all(isinstance(result, Failed) for result in results)
    assert sum(result.calls for result in results if isinstance(result, Failed)) == len(hostile.requests)


EXIT_CODES = {
    "markup in a text": 0,
    "escape codes in a text": 0,
    "a Date of Thu, 01 Jan 1970 00:00:00 GMT": 0,
    "a row twice, byte for byte": 0,
    "an empty list": 3,
    "total of the window": 3,
    "rows of another airline": 3,
    "a context of 86 kB": 2,
    "a refused key in HTTP 200": 4,
    "a spent month": 5,
    "a redirect to nowhere": 7,
}


@pytest.mark.parametrize(("name", "code"), EXIT_CODES.items(), ids=EXIT_CODES)
def test_the_command_line_exits_with_the_errors_code(name: str, code: int, hostile, cli, tmp_path, monkeypatch) -> None:
    [case] = (case for case in CASES if case.name == name)
    hostile.answers(case.answer)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AVIASTACK_BASE_URL", hostile.url)
    answer = cli("run", "flights", "--date", DAY, "--airline-iata", AIRLINE, "--json")
    assert answer.code == code, answer.err
    assert answer.slice["calls"] == answer.object["calls"] == len(hostile.requests)
    assert max(map(len, answer.err.splitlines() or [""])) <= LONGEST_MESSAGE
    assert "\x1b[2J" not in answer.err + answer.out
