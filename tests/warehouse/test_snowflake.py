"""Snowflake as a warehouse: how it is reached, what it is sent, and which errors its refusals become."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import stamina
from snowflake.connector.errors import ProgrammingError

from aviastack.errors import AuditFailed, BadRequest, LockRefused, StagingUnavailable, WarehouseUnavailable
from aviastack.settings import settings_from
from aviastack.warehouse.loading import Loaded
from aviastack.warehouse.loads import loads
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.protocol import Source
from aviastack.warehouse.snowflake import Snowflake
from aviastack.warehouse.snowflake_errors import explained
from aviastack.warehouse.statements import Statement
from tests.support.gcs_emulator import GcsEmulator
from tests.support.snowflake_emulator import Locks, Refusal, SnowflakeEmulator
from tests.warehouse.places import Place, open_snowflake

pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("narrow")]


def test_every_statement_of_a_load_is_tagged_with_its_run_and_slice(
    snowflake_place: Place, emulator: SnowflakeEmulator
) -> None:
    emulator.said.clear()
    run = snowflake_place.stage({"a": None}, run_id="r1")
    snowflake_place.load(run)

    assert {said.tag for said in emulator.said} == {"aviastack run=r1 slice=2026-11-21"}


def test_files_are_named_in_the_copy_and_types_are_logical(snowflake_place: Place, emulator: SnowflakeEmulator) -> None:
    snowflake_place.load(snowflake_place.stage({"a": None}, run_id="r1"))

    [copy] = [said.text for said in emulator.said if said.text.startswith("COPY")]
    assert "FILES = ('flights/date=2026-11-21/2026-11-21.parquet')" in copy
    assert "USE_LOGICAL_TYPE = TRUE" in copy
    assert "MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE" in copy
    assert "PATTERN" not in copy
    assert "PURGE" not in copy


@pytest.mark.parametrize(("files", "copies"), [(1, [1]), (1_000, [1_000]), (2_001, [1_000, 1_000, 1])])
def test_a_copy_names_a_thousand_files_at_most(files: int, copies: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Statement] = []
    warehouse = Snowflake({}, stage="s", tracer=seen.append)
    monkeypatch.setattr(warehouse, "_executed", lambda _: [])
    paths = [f"flights/{number}.parquet" for number in range(files)]

    warehouse.copy('"T"', ["flight_key"], [Source(path, f"gs://b/{path}") for path in paths])

    named = [re.findall(r"'(flights/[^']+)'", statement.text) for statement in seen]
    assert [len(names) for names in named] == copies
    assert [name for names in named for name in names] == paths


def test_plain_sql_needs_no_quotes(snowflake_place: Place) -> None:
    snowflake_place.load(snowflake_place.stage({"a": "landed"}, run_id="r1"))

    sql = "SELECT flight_key, Flight_Status, _run_id FROM aviationstack.flights"
    assert snowflake_place.ask(sql) == [("a", "landed", "r1")]


def test_a_connection_is_found_by_name_in_connections_toml(
    snowflake_place: Place, emulator: SnowflakeEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import snowflake.connector
    from snowflake.connector.config_manager import CONFIG_MANAGER

    given = {name.removeprefix("SNOWFLAKE_").lower(): value for name, value in emulator.variables.items()}
    for name in emulator.variables:
        monkeypatch.delenv(name)
    file = tmp_path / "connections.toml"
    file.write_text("[ours]\n" + "\n".join(f'{name} = "{value}"' for name, value in given.items()))
    file.chmod(0o600)
    [connections] = [part for part in CONFIG_MANAGER._slices if part.section == "connections"]
    monkeypatch.setattr(CONFIG_MANAGER, "_slices", [connections._replace(path=file)])
    monkeypatch.setattr(CONFIG_MANAGER, "file_path", tmp_path / "config.toml")
    monkeypatch.setattr(CONFIG_MANAGER, "conf_file_cache", None)

    with open_warehouse(settings_from(warehouse="snowflake://ours")) as warehouse:
        assert loads(warehouse) == []
    with (
        pytest.raises(WarehouseUnavailable, match="theirs"),
        open_warehouse(settings_from(warehouse="snowflake://theirs")),
    ):
        pass
    assert snowflake.connector.paramstyle == "pyformat"


@pytest.mark.parametrize("place", ["user:secret@account", "account/database?password=secret", "a b"])
def test_an_address_with_more_than_a_name_is_refused_and_not_repeated(place: str) -> None:
    with pytest.raises(BadRequest, match=r"connections\.toml") as refused:
        open_warehouse(settings_from(warehouse=f"snowflake://{place}"))
    assert "secret" not in str(refused.value)


def test_without_a_name_an_account_has_to_be_in_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNOWFLAKE_ACCOUNT", raising=False)
    with pytest.raises(BadRequest, match="has no account") as refused:
        open_warehouse(settings_from(warehouse="snowflake://"))
    assert "SNOWFLAKE_ACCOUNT" in refused.value.remedy


def test_a_connection_without_a_database_is_refused(snowflake_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNOWFLAKE_DATABASE")
    with pytest.raises(WarehouseUnavailable, match="has no database"), snowflake_place.open():
        pass


def test_a_snowflake_that_cannot_be_reached_is_unavailable(
    snowflake_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    import snowflake.connector

    def unreachable(**_: object) -> None:
        raise snowflake.connector.errors.OperationalError("250001: Could not connect to Snowflake", errno=250001)

    monkeypatch.setattr(snowflake.connector, "connect", unreachable)
    with pytest.raises(WarehouseUnavailable, match="Could not connect") as refused, snowflake_place.open():
        pass
    assert refused.value.exit_code == 6


def test_a_stage_that_points_elsewhere_is_reported_with_the_file_it_does_not_have(
    snowflake_place: Place, bucket: GcsEmulator
) -> None:
    run = snowflake_place.stage({"a": "landed"}, run_id="r1")
    snowflake_place.ask("CREATE STAGE aviationstack.elsewhere URL = 'gcs://staged/elsewhere/'")
    with pytest.raises(StagingUnavailable, match=r"ELSEWHERE.*can't read gs://staged.*AVIASTACK_STAGING") as refused:
        Place(partial(open_snowflake, stage="elsewhere"), snowflake_place.write).load(run)

    assert refused.value.exit_code == 6
    assert snowflake_place.rows() == {}


def test_a_staged_file_that_is_not_parquet_fails_the_audit(snowflake_place: Place) -> None:
    run = snowflake_place.stage({"a": "landed"}, run_id="r1")
    snowflake_place.write(run.manifest.staged[0].path, b"no Parquet at all, but long enough to have a footer of a kind")

    with pytest.raises(AuditFailed, match="not written by aviastack"):
        snowflake_place.load(run)


def _refuse(word: str, *refusals: Refusal) -> Callable[[str], Refusal | None]:
    left = list(refusals)
    return lambda text: left.pop(0) if left and text.startswith(word) else None


WAITING = Refusal(
    625,
    "Statement '01b4' has locked table '_LOADS' in transaction 17 and this lock has not yet been released. "
    "Your statement was aborted because the number of waiters for this lock exceeds the 20 statements limit.",
)
TIMED_OUT = Refusal(604, "SQL execution canceled: lock wait timeout of 900 seconds exceeded.")


def test_a_transaction_whose_lock_is_refused_is_run_again_from_its_beginning(
    snowflake_place: Place, emulator: SnowflakeEmulator
) -> None:
    emulator.faults = _refuse("MERGE", WAITING, TIMED_OUT)

    with stamina.set_testing(True, attempts=3):
        [loaded] = snowflake_place.load(snowflake_place.stage({"a": None}, run_id="r1"))

    assert loaded == Loaded(1, 0, 0)
    words = [said.text.split()[0] for said in emulator.said]
    assert (words.count("BEGIN"), words.count("ROLLBACK"), words.count("COMMIT")) == (3, 2, 1)
    assert words.count("COPY") == 1


def test_a_lock_that_stays_refused_is_an_error_that_names_the_remedy(
    snowflake_place: Place, emulator: SnowflakeEmulator
) -> None:
    emulator.faults = lambda text: WAITING if text.startswith("MERGE") else None

    with (
        stamina.set_testing(True, attempts=2),
        pytest.raises(LockRefused, match=r"number of waiters.*fewer parallel loads"),
    ):
        snowflake_place.load(snowflake_place.stage({"a": None}, run_id="r1"))


@pytest.mark.parametrize(
    ("refusal", "remedy"),
    [
        (Refusal(3001, "Insufficient privileges to operate on schema 'AVIATIONSTACK'"), "--setup-sql"),
        (Refusal(2003, "Object 'AVIASTACK_STAGE' does not exist or not authorized."), "--setup-sql"),
        (Refusal(606, "No active warehouse selected in the current session."), "AUTO_RESUME"),
        (Refusal(90073, "Warehouse 'W' cannot be resumed because resource monitor has exceeded its quota."), "monitor"),
        (Refusal(630, "Statement reached its statement or warehouse timeout of 5 second(s)."), "larger warehouse"),
        (Refusal(390318, "OAuth access token expired."), "Fix the connection"),
        (Refusal(1234, "Something else."), "QUERY_HISTORY"),
    ],
)
def test_a_refusal_of_snowflake_is_unavailable_with_its_remedy(
    snowflake_place: Place, emulator: SnowflakeEmulator, refusal: Refusal, remedy: str
) -> None:
    run = snowflake_place.stage({"a": None}, run_id="r1")
    emulator.faults = lambda text: refusal if text.startswith("CREATE TABLE") else None

    with pytest.raises(WarehouseUnavailable) as refused:
        snowflake_place.load(run)

    assert refusal.message in refused.value.message
    assert remedy in refused.value.remedy
    assert refused.value.exit_code == 6


@pytest.mark.parametrize(("query", "shown"), [(None, "refused: 390111 (57014): Gone."), ("01b2", "01b2: Gone.")])
def test_a_message_names_a_query_only_if_it_has_an_id(
    query: str | None, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="snowflake.connector")  # then the connector adds the id
    error = ProgrammingError("Gone.", errno=390111, sqlstate="57014", sfqid=query)
    assert shown in explained(error, "account a").message


def test_several_loads_at_once_queue_and_see_one_another(snowflake_place: Place, emulator: SnowflakeEmulator) -> None:
    """The older run and the newer one of the same flights start together: whichever is first, the newer one wins."""
    runs = [
        snowflake_place.stage({"a": f"seen {n}", f"own {n}": None}, run_id=f"r{n}", at=n, path=f"flights/{n}.parquet")
        for n in range(3)
    ]
    failures: list[BaseException] = []

    def loading(number: int) -> None:
        try:
            snowflake_place.load(runs[number])
        except BaseException as error:  # noqa: BLE001 - a thread's failure is asserted below
            failures.append(error)

    threads = [threading.Thread(target=loading, args=(number,)) for number in (2, 0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert snowflake_place.present() == {"a": "seen 2", "own 2": None}


def test_the_emulator_refuses_the_waiter_after_the_twentieth() -> None:
    locks = Locks(timeout=600)
    locks.acquire("T", "holder")

    def take_turn(number: int) -> None:
        locks.acquire("T", number)
        locks.release(number)

    threads = [threading.Thread(target=take_turn, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    while locks.waiters("T") < 20:
        time.sleep(0.01)
    with pytest.raises(ProgrammingError, match="number of waiters"):
        locks.acquire("T", "one too many")
    locks.release("holder")
    for thread in threads:
        thread.join()


def test_a_lock_of_the_emulator_times_out() -> None:
    locks = Locks(timeout=0)
    locks.acquire("T", "holder")
    with pytest.raises(ProgrammingError, match="Lock timeout"):
        locks.acquire("T", "another")
