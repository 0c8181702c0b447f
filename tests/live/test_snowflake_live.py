"""The load tests, and what no emulator proves, against a real bucket and a real Snowflake."""

from __future__ import annotations

import inspect
import threading
from dataclasses import replace
from types import ModuleType

import msgspec
import pytest

import tests.warehouse.test_crashes as crashes
import tests.warehouse.test_evolution as evolution
import tests.warehouse.test_loading as loading
import tests.warehouse.test_statements as statements
from aviastack.endpoints import ENDPOINTS, Endpoint
from aviastack.errors import AuditFailed, StagingUnavailable
from aviastack.manifest import StagedFile
from aviastack.warehouse.loading import Loaded, load
from tests.warehouse.places import DAY, Place
from tests.warehouse.test_same_rows import _rows

pytestmark = pytest.mark.live
narrow = pytest.mark.usefixtures("narrow")


def _for_any_warehouse(*modules: ModuleType) -> dict[str, object]:
    """Return the tests of the modules that ask for any warehouse."""
    found = [item for module in modules for item in vars(module).items() if item[0].startswith("test_")]
    return {name: narrow(test) for name, test in found if "place" in inspect.signature(test).parameters}


globals().update(_for_any_warehouse(loading, evolution, statements))


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=lambda endpoint: endpoint.name)
def test_values_are_held_as_they_were_staged(place: Place, endpoint: Endpoint) -> None:
    """Parquet's times in UTC and without a zone, microseconds, numbers beyond 32 bits, letters beyond ASCII."""
    rows = _rows(endpoint)
    place.load(place.stage(rows, run_id="r1", slice_="s", covers=None, endpoint=endpoint))

    held = place.rows(endpoint)[str(rows[0][endpoint.key.column])]
    expected = {
        name: value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for name, value in rows[0].items()
    }
    assert {name: held[name] for name in expected} == expected


@narrow
@pytest.mark.parametrize("at", range(len(crashes.IN_SNOWFLAKE)), ids=lambda at: f"{at}-{crashes.IN_SNOWFLAKE[at]}")
def test_a_loader_killed_at_any_statement_leaves_nothing_in_between(place: Place, at: int) -> None:
    before = {"a": "scheduled", "b": "scheduled"}
    place.load(place.stage(before, run_id="r00"))
    run, after = crashes._runs(place, 1)

    with pytest.raises(crashes.KilledError), place.open(crashes.Killer(at)) as warehouse:
        load(warehouse, run.manifest, run.addresses)

    assert place.present() == (after if at > crashes.IN_SNOWFLAKE.index("commit") else before)
    place.load(run)
    assert place.present() == after


@narrow
def test_loads_at_once_queue_for_the_lock(place: Place) -> None:
    runs = [place.stage({"a": f"seen {n}"}, run_id=f"r{n}", at=n, path=f"flights/{n}.parquet") for n in range(4)]
    threads = [threading.Thread(target=place.load, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert place.present() == {"a": "seen 3"}


@narrow
def test_a_file_that_is_gone_and_one_that_is_no_parquet_are_told_apart(place: Place) -> None:
    garbage = place.stage({"a": None}, run_id="r1", path="flights/garbage.parquet")
    place.write("flights/garbage.parquet", b"no Parquet at all, but long enough to have a footer of a kind")
    here = place.stage({"a": None}, run_id="r2")
    never = StagedFile("flights/never-written.parquet", str(DAY), 1, 1)
    gone = replace(here, manifest=msgspec.structs.replace(here.manifest, staged=[never]))

    with pytest.raises(AuditFailed, match="not written by aviastack"):
        place.load(garbage)
    with pytest.raises(StagingUnavailable, match="DESCRIBE STAGE"):
        place.load(gone)


@narrow
def test_the_sessions_history_names_run_and_slice(place: Place) -> None:
    place.load(place.stage({"a": None}, run_id="r1"))

    found = place.ask(
        "SELECT DISTINCT query_tag FROM TABLE(information_schema.query_history(result_limit => 200)) "
        "WHERE query_text LIKE 'MERGE INTO%' AND query_tag LIKE 'aviastack%'"
    )
    assert (f"aviastack run=r1 slice={DAY}",) in found


@narrow
def test_a_text_of_any_length_is_held_whole(place: Place) -> None:
    long = "x" * 100_000
    assert place.load(place.stage({"a": long}, run_id="r1")) == [Loaded(1, 0, 0)]
    assert place.present() == {"a": long}
