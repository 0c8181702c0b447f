"""What a person sees when bucket or Snowflake refuse: one message with value, rule and remedy, and its exit code.

The whole program runs, against both emulators; after each refusal the target is as it was, and the next load is whole.
"""

from __future__ import annotations

import io
import json
import os
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aviastack.endpoints import Plan
from aviastack.manifest import Manifest
from aviastack.simulator import running_simulator
from tests.cli.conftest import run_in
from tests.support.gcs_emulator import Fault, GcsEmulator
from tests.support.simulated_api import Answer, Cli
from tests.support.snowflake_emulator import Loss, Refusal, SnowflakeEmulator
from tests.warehouse.conftest import BUCKET, administer, own_database, upload
from tests.warehouse.test_crashes import IN_SNOWFLAKE

pytestmark = [pytest.mark.emulators, pytest.mark.slow]
DAY = "2026-01-14"
RUN = ("run", "flights", "--date", DAY, "--airline-iata", "AS", "--json")


@dataclass
class Production:
    """A slice that was run into bucket and Snowflake, with all that can be made to fail."""

    cli: Cli
    snowflake: SnowflakeEmulator
    bucket: GcsEmulator
    database: str
    first: dict[str, Any]

    def load(self, *options: str) -> Answer:
        return self.cli("load", self.first["manifest"], "--json", *options)

    def rows(self) -> list[tuple[Any, ...]]:
        return self.snowflake.ask(f"SELECT * FROM {self.database}.AVIATIONSTACK.FLIGHTS ORDER BY 1")

    def stage_again(self, table: pa.Table) -> None:
        """Put other rows where the run's object is."""
        sink = io.BytesIO()
        pq.write_table(table, sink)
        upload(self.bucket, self.name, sink.getvalue())

    def staged(self) -> pa.Table:
        return pq.read_table(io.BytesIO(self.staged_object()))

    def staged_object(self) -> bytes:
        return self.bucket.objects(BUCKET)[self.name]

    def administer(self, *statements: str) -> None:
        administer(self.snowflake, self.database, *statements)

    @property
    def name(self) -> str:
        [path] = self.first["staged"]
        return f"{self.database}/{path}"


@pytest.fixture(scope="module")
def first_run(
    emulator: SnowflakeEmulator, bucket: GcsEmulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Run a slice into bucket and Snowflake, once; return the environment, and what the command answered."""
    environment = own_database(emulator, bucket)
    environment["AVIASTACK_STAGING"] = f"gs://{BUCKET}/{environment['SNOWFLAKE_DATABASE']}"
    environment["AVIASTACK_WAREHOUSE"] = "snowflake://"
    with (
        running_simulator(plan=Plan.ENTERPRISE, flights_per_day=3_000, today=date(2026, 11, 21)) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        answer = run_in(tmp_path_factory.mktemp("first"), url, *RUN)
        assert answer.code == 0
        yield {**environment, "AVIASTACK_BASE_URL": url, "AVIASTACK_PLAN": Plan.ENTERPRISE}, answer.slice


@pytest.fixture
def production(
    cli: Cli,
    emulator: SnowflakeEmulator,
    bucket: GcsEmulator,
    first_run: tuple[dict[str, str], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Production]:
    environment, first = first_run
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    production = Production(cli, emulator, bucket, environment["SNOWFLAKE_DATABASE"], first)
    staged = production.staged_object()
    yield production
    emulator.faults = emulator.refuses_sign_in = bucket.faults = None
    if production.staged_object() != staged:
        upload(bucket, production.name, staged)


def _assert_reported(answer: Answer, code: int, *words: str) -> None:
    """The message is on the terminal, and in the JSON object with its remedy apart."""
    assert answer.code == code, answer.err
    error = answer.object["error"]
    said = f"{error['message']} {error['remedy']}"
    for word in words:
        assert word in said
    assert error["remedy"]
    assert " ".join(error["message"].split())[:60] in " ".join(answer.err.split())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, ["Cannot", "gs://staged/", "access is refused (403", "roles/storage.objectUser"]),
        (401, ["Cannot", "gs://staged/", "missing, wrong or expired (401", "gcloud auth application-default login"]),
    ],
)
def test_a_bucket_that_refuses_is_reported_with_right_or_credential(
    production: Production, status: int, words: list[str]
) -> None:
    production.bucket.faults = lambda _: Fault(status=status, message="loader@x lacks storage.objects.get")
    _assert_reported(production.load(), 6, *words)
    _assert_reported(production.cli(*RUN), 6, *words)


def test_a_bucket_that_is_missing_costs_no_call(production: Production) -> None:
    staging = ("--staging", "gs://no-such-bucket/raw")
    answered = _calls_answered()
    _assert_reported(
        production.cli(*RUN, *staging), 6, "gs://no-such-bucket/raw", "no such bucket", "AVIASTACK_STAGING"
    )
    assert _calls_answered() == answered


def _calls_answered() -> int:
    with urllib.request.urlopen(os.environ["AVIASTACK_BASE_URL"].removesuffix("/v1") + "/_sim/stats") as answer:
        return int(json.load(answer)["requests"])


def test_a_stage_that_points_elsewhere_is_reported(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    production.administer("CREATE STAGE AVIATIONSTACK.ELSEWHERE URL = 'gcs://staged/elsewhere/'")
    monkeypatch.setenv("AVIASTACK_STAGE", "elsewhere")
    _assert_reported(production.load(), 6, "ELSEWHERE", "can't read gs://staged/", "DESCRIBE STAGE")


def test_a_stage_that_is_not_there_is_reported(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_STAGE", "nowhere")
    _assert_reported(production.load(), 6, "NOWHERE", "does not exist", "--setup-sql")


def test_a_column_of_another_type_is_refused_before_anything_is_copied(production: Production) -> None:
    production.administer(
        "ALTER TABLE AVIATIONSTACK.FLIGHTS RENAME COLUMN DEPARTURE_DELAY TO KEPT",
        "ALTER TABLE AVIATIONSTACK.FLIGHTS ADD COLUMN DEPARTURE_DELAY VARCHAR",
    )
    production.snowflake.said.clear()
    _assert_reported(production.load(), 6, "departure_delay", "is TEXT", "needs NUMBER(38, 0)", "Alter the column")
    assert not [said for said in production.snowflake.said if said.text.startswith("COPY")]
    production.administer(
        "ALTER TABLE AVIATIONSTACK.FLIGHTS DROP COLUMN DEPARTURE_DELAY",
        "ALTER TABLE AVIATIONSTACK.FLIGHTS RENAME COLUMN KEPT TO DEPARTURE_DELAY",
    )


def test_a_file_that_was_changed_after_staging_is_not_loaded(production: Production) -> None:
    before, staged = production.rows(), production.staged()
    rows = staged.num_rows
    production.stage_again(pa.concat_tables([staged.slice(0, 1), staged.slice(0, rows - 1)]))
    _assert_reported(production.load(), 6, "was changed after run", "crc32c", "Nothing was loaded", "aviastack replay")
    assert production.rows() == before


def test_a_file_that_was_replaced_after_staging_is_superseded_and_said_so(production: Production) -> None:
    before, staged = production.rows(), production.staged()
    run_id = "20261121T000000000000Z-abcdef"
    other = pa.array([run_id] * staged.num_rows, staged.schema.field("_run_id").type)
    theirs = staged.set_column(staged.schema.get_field_index("_run_id"), "_run_id", other)
    production.stage_again(theirs.replace_schema_metadata({b"aviastack.run_id": run_id.encode()}))
    name = f"{production.database}/{production.first['manifest']}"
    manifest = Manifest.from_json(production.bucket.objects(BUCKET)[name])
    committed = msgspec.structs.replace(manifest, run_id=run_id)
    upload(production.bucket, f"{name.rpartition('/')[0]}/{run_id}.json", committed.to_json())
    answer = production.load()
    assert (answer.code, answer.slice["inserted"], answer.slice["error"]) == (0, 0, None)
    assert "superseded: another run replaced its staged files, so nothing is loaded" in " ".join(answer.err.split())
    assert production.rows() == before


@pytest.mark.parametrize(
    ("number", "message", "remedy"),
    [
        (606, "No active warehouse selected in the current session.", "AUTO_RESUME = TRUE"),
        (90073, "Warehouse 'W' cannot be resumed: resource monitor has exceeded its quota.", "credits"),
        (630, "Statement reached its statement or warehouse timeout of 5 second(s).", "larger warehouse"),
        (3001, "Insufficient privileges to operate on schema 'AVIATIONSTACK'", "--setup-sql"),
    ],
)
def test_a_statement_that_snowflake_refuses_is_reported_in_its_words(
    production: Production, number: int, message: str, remedy: str
) -> None:
    before = production.rows()
    production.snowflake.faults = lambda text: Refusal(number, message) if text.startswith("COPY") else None
    _assert_reported(production.load(), 6, message, remedy)
    production.snowflake.faults = None
    assert production.load().code == 0
    assert production.rows() == before


@pytest.mark.parametrize("command", ["load", "run"])
def test_a_snowflake_that_cannot_be_reached_is_reported_after_a_bounded_wait(
    production: Production, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    before = production.rows()
    with monkeypatch.context() as away, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: it refuses, and no other process can take it
        away.setenv("SNOWFLAKE_PORT", str(closed.getsockname()[1]))
        away.setattr("aviastack.warehouse.snowflake.SIGN_IN_SECONDS", 2)
        answer = production.load() if command == "load" else production.cli(*RUN)
        _assert_reported(answer, 6, "can't be reached", "250001", "network")
    assert production.load().code == 0
    assert production.rows() == before


def test_an_expired_sign_in_is_reported(production: Production) -> None:
    production.snowflake.refuses_sign_in = Refusal(390318, "OAuth access token expired.")
    _assert_reported(production.load(), 6, "OAuth access token expired", "Fix the connection")


def test_a_load_that_loses_its_session_ends_with_6_and_the_next_one_is_whole(
    production: Production,
) -> None:
    whole = production.rows()
    for name in ("copy", "merge", "drop_staged"):  # each statement is in test_crashes
        at = IN_SNOWFLAKE.index(name)
        seen = iter(range(1_000))
        production.snowflake.faults = lambda _, at=at, seen=seen: Loss() if next(seen) == at else None
        _assert_reported(production.load(), 6, "Load again")
        production.snowflake.faults = None
        assert production.rows() == whole, name
    answer = production.load()
    assert (answer.code, answer.slice["inserted"], answer.slice["updated"], answer.slice["removed"]) == (0, 0, 0, 0)
    assert production.rows() == whole
