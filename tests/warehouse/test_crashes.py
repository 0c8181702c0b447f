"""A loader that dies at any statement leaves the target as it was or as it should be; the next load finishes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aviastack.errors import WarehouseUnavailable
from aviastack.warehouse.loading import load
from aviastack.warehouse.loads import is_loaded
from aviastack.warehouse.statements import Statement
from tests.support.snowflake_emulator import Loss, SnowflakeEmulator
from tests.warehouse.places import Place, Run

pytestmark = pytest.mark.usefixtures("narrow")

IN_DUCKDB = [
    *("columns", "create_staged", "copy", "audit", "begin", "register", "wrong_clocks", "unfreeze_rows"),
    *("remove", "yield", "change", "advance", "insert", "record", "commit", "drop_staged"),
]
IN_SNOWFLAKE = [
    *("columns", "create_staged", "copy", "audit", "begin", "register", "wrong_clocks", "unfreeze_rows"),
    *("remove", "yield", "merge", "stamped", "record", "commit", "drop_staged", "leftovers"),
]


class KilledError(BaseException):
    pass


class Killer:
    """A tracer that lets nothing through from a statement on, as the death of the process would."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def __call__(self, statement: Statement) -> None:
        self.seen += 1
        if self.seen > self.at:
            raise KilledError(statement.name)


def _runs(place: Place, at: int) -> tuple[Run, dict[str, str]]:
    """Return a run that changes a flight, brings one and lacks one, and what is present after it."""
    after = {"a": f"seen {at} times", f"new {at}": "scheduled"}
    return place.stage(after, run_id=f"r{at:02}", at=at), after


@pytest.mark.parametrize("at", range(len(IN_DUCKDB)), ids=lambda at: f"{at}-{IN_DUCKDB[at]}")
def test_duckdb_is_never_left_in_between(duckdb_place: Place, at: int) -> None:
    before = {"a": "scheduled", "b": "scheduled"}
    duckdb_place.load(duckdb_place.stage(before, run_id="r00"))
    run, after = _runs(duckdb_place, 1)

    with pytest.raises(KilledError), duckdb_place.open(Killer(at)) as warehouse:
        load(warehouse, run.manifest, run.addresses)

    assert duckdb_place.present() == (after if at > IN_DUCKDB.index("commit") else before)
    duckdb_place.load(run)
    assert duckdb_place.present() == after


DIES = """
import os, sys
from aviastack.manifest import Manifest
from aviastack.warehouse.loading import load
from aviastack.warehouse.duckdb import DuckDB
from pathlib import Path

def dying(statement):
    if statement.name == sys.argv[3]:
        os._exit(9)

manifest = Manifest.from_json(Path(sys.argv[2]).read_bytes())
with DuckDB(Path(sys.argv[1]), tracer=dying) as warehouse:
    load(warehouse, manifest, sys.argv[4:])
"""


@pytest.mark.parametrize("name", ["insert", "record", "commit", "drop_staged"])
def test_a_duckdb_process_that_is_killed_is_undone_by_the_next_that_opens_the_file(
    duckdb_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.undo()  # the other process knows flights with all their columns
    before = {"a": "scheduled", "b": "scheduled"}
    duckdb_place.load(duckdb_place.stage(before, run_id="r00"))
    run, after = _runs(duckdb_place, 1)
    (tmp_path / "manifest.json").write_bytes(run.manifest.to_json())

    arguments = [str(tmp_path / "warehouse.duckdb"), str(tmp_path / "manifest.json"), name, *run.addresses]
    died = subprocess.run([sys.executable, "-c", DIES, *arguments], check=False)

    assert died.returncode == 9
    assert duckdb_place.present() == (after if name == "drop_staged" else before)
    duckdb_place.load(run)
    assert duckdb_place.present() == after


@pytest.mark.emulators
@pytest.mark.slow
def test_a_snowflake_session_lost_at_any_statement_leaves_nothing_in_between(
    snowflake_place: Place, emulator: SnowflakeEmulator
) -> None:
    before = {"a": "scheduled", "b": "scheduled"}
    snowflake_place.load(snowflake_place.stage(before, run_id="r00"))
    losses = [(name, Loss()) for name in IN_SNOWFLAKE] + [(name, Loss(after=True)) for name in ("merge", "commit")]

    for at, (name, loss) in enumerate(losses):
        run, after = _runs(snowflake_place, at + 1)
        _lose(snowflake_place, emulator, run, at if at < len(IN_SNOWFLAKE) else IN_SNOWFLAKE.index(name), loss)

        committed = IN_SNOWFLAKE.index(name) + loss.after > IN_SNOWFLAKE.index("commit")
        assert snowflake_place.present() == (after if committed else before), name
        snowflake_place.load(run)
        assert snowflake_place.present() == after, name
        before = after

    with snowflake_place.open() as warehouse:
        assert all(is_loaded(warehouse, f"r{at:02}") for at in range(len(losses) + 1))


def _lose(place: Place, emulator: SnowflakeEmulator, run: Run, at: int, loss: Loss) -> None:
    """Load, and lose the session at a statement; the error says that loading again is safe."""
    seen = iter(range(1_000))
    emulator.faults = lambda _: loss if next(seen) == at else None
    with pytest.raises(WarehouseUnavailable, match="Load again"), place.open() as warehouse:
        load(warehouse, run.manifest, run.addresses)
    emulator.faults = None


@pytest.mark.emulators
def test_tables_of_crashed_loads_are_swept_when_they_are_a_day_old(
    snowflake_place: Place, emulator: SnowflakeEmulator
) -> None:
    snowflake_place.load(snowflake_place.stage({"a": None}, run_id="r00"))
    run, _ = _runs(snowflake_place, 1)
    _lose(snowflake_place, emulator, run, IN_SNOWFLAKE.index("audit"), Loss())
    [young] = _own_tables(snowflake_place)
    old = "_LOAD_20261101T000000_0BADCAFE_FLIGHTS"
    snowflake_place.ask(f'CREATE TABLE aviationstack."{old}" (x NUMBER)')

    snowflake_place.load(run)

    assert _own_tables(snowflake_place) == [young]


def _own_tables(place: Place) -> list[str]:
    named = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'AVIATIONSTACK' ORDER BY 1"
    return [name for (name,) in place.ask(named) if name.startswith("_LOAD_")]
