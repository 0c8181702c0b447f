"""What a load does to the table, on each warehouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from aviastack.endpoints import AIRLINES
from aviastack.errors import AuditFailed
from aviastack.manifest import new_run_id
from aviastack.warehouse.loading import Loaded, Loader, load
from aviastack.warehouse.loads import is_loaded, known, loads
from aviastack.warehouse.presence import is_known, presence
from aviastack.warehouse.statements import Statement
from tests.warehouse.places import DAY, NOON, Place, Run

pytestmark = pytest.mark.usefixtures("narrow")


def test_a_manifest_loaded_twice_changes_nothing(place: Place) -> None:
    run = place.stage({"a": "scheduled", "b": None}, run_id="r1")

    first, second = place.load(run, run)

    assert first == Loaded(2, 0, 0)
    assert second == Loaded(0, 0, 0)
    with place.open() as warehouse:
        [row] = loads(warehouse)
    assert (row.rows, row.inserted, row.updated, row.removed) == (2, 2, 0, 0)


def test_a_load_records_where_its_rows_came_from(place: Place) -> None:
    runs = [place.stage({}, run_id=run_id, at=hours) for hours, run_id in enumerate(("r1", "r2"))]
    simulated = replace(runs[1], manifest=msgspec.structs.replace(runs[1].manifest, source="simulated"))

    place.load(runs[0], simulated)

    with place.open() as warehouse:
        assert {row.run_id: row.source for row in loads(warehouse)} == {"r1": None, "r2": "simulated"}


def test_updated_counts_content_and_a_mere_sighting_advances_silently(place: Place) -> None:
    place.load(place.stage({"a": "scheduled", "b": "scheduled"}, run_id="r1"))
    before = place.rows()

    [loaded] = place.load(place.stage({"a": "landed", "b": "scheduled"}, run_id="r2", at=1))

    after = place.rows()
    assert loaded == Loaded(0, 1, 0)
    assert after["a"]["flight_status"] == "landed"
    assert after["a"]["_loaded_at"] > before["a"]["_loaded_at"]
    assert after["b"]["_loaded_at"] == before["b"]["_loaded_at"]
    assert {row["_run_id"] for row in after.values()} == {"r2"}
    assert {row["_extracted_at"] for row in after.values()} == {(NOON + timedelta(hours=1)).replace(tzinfo=None)}


def test_a_null_that_gets_a_value_and_a_value_that_becomes_null_are_changes(place: Place) -> None:
    first = place.stage({"a": None, "b": "active"}, run_id="r1")
    second = place.stage({"a": "active", "b": None}, run_id="r2", at=1, path="flights/second.parquet")

    assert place.load(first, second)[1] == Loaded(0, 2, 0)
    assert place.present() == {"a": "active", "b": None}


def test_a_complete_run_marks_what_it_no_longer_has_and_clears_the_mark_when_it_returns(place: Place) -> None:
    place.load(place.stage({"a": None, "b": None}, run_id="r1"))

    [gone] = place.load(place.stage({"a": None}, run_id="r2", at=1))
    marked = place.rows()["b"]
    [back] = place.load(place.stage({"a": None, "b": None}, run_id="r3", at=2))

    assert gone == Loaded(0, 0, 1)
    assert marked["_removed_at"] == marked["_loaded_at"]
    assert marked["_run_id"] == "r1"
    assert back == Loaded(0, 1, 0)
    assert place.rows()["b"]["_removed_at"] is None


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"complete": False}, id="an incomplete run"),
        pytest.param({"covers": None, "slice_": "live"}, id="a live slice, or one filtered by status"),
        pytest.param({"quarantined": 1}, id="a run with a record in quarantine"),
    ],
)
def test_rows_are_removed_by_no_run_that_cannot_call_them_gone(duckdb_place: Place, options: dict[str, object]) -> None:
    first = duckdb_place.stage({"a": None, "b": None}, run_id="r1")
    second = duckdb_place.stage({"a": "landed"}, run_id="r2", at=1, path="flights/second.parquet", **options)

    assert duckdb_place.load(first, second)[1] == Loaded(0, 1, 0)
    assert duckdb_place.present() == {"a": "landed", "b": None}


def test_a_run_without_rows_is_recorded_and_removes_nothing(place: Place) -> None:
    place.load(place.stage({"a": None}, run_id="r1"))

    [loaded] = place.load(place.stage({}, run_id="r2", at=1))

    assert loaded == Loaded(0, 0, 0)
    assert list(place.present()) == ["a"]
    with place.open() as warehouse:
        assert is_loaded(warehouse, "r2")


def test_a_slice_removes_only_rows_that_its_filters_cover(place: Place) -> None:
    rows = [{"flight_key": "a", "airline_iata": "AA"}, {"flight_key": "b", "airline_iata": "BA"}, {"flight_key": "c"}]
    place.load(place.stage(rows, run_id="r1"))
    covers = {"flight_date": str(DAY), "airline_iata": "AA"}
    other = [{"flight_key": "d", "airline_iata": "AA"}]

    [loaded] = place.load(place.stage(other, run_id="r2", at=1, covers=covers, slice_=f"{DAY}.airline_iata=AA"))

    assert loaded == Loaded(1, 0, 1)
    assert sorted(place.present()) == ["b", "c", "d"]


def test_a_load_that_comes_late_inserts_and_updates_nothing_that_a_newer_complete_load_covers(place: Place) -> None:
    late = place.stage({"a": "scheduled", "b": "scheduled"}, run_id="r1", path="flights/late.parquet")
    newer = place.stage({"a": "landed"}, run_id="r2", at=1)

    assert place.load(newer, late) == [Loaded(1, 0, 0), Loaded(0, 0, 0)]
    assert place.present() == {"a": "landed"}


def test_a_late_load_still_brings_what_the_newer_one_does_not_cover(place: Place) -> None:
    rows = [{"flight_key": "a", "airline_iata": "AA"}, {"flight_key": "b", "airline_iata": "BA"}]
    late = place.stage(rows, run_id="r1", path="flights/late.parquet")
    covers = {"flight_date": str(DAY), "airline_iata": "AA"}
    newer = place.stage([], run_id="r0", at=1, covers=covers, path="flights/none.parquet")
    covering = place.stage([{"flight_key": "c", "airline_iata": "AA"}], run_id="r2", at=2, covers=covers)

    loaded = place.load(newer, covering, late)

    assert loaded[2] == Loaded(1, 0, 0)
    assert sorted(place.present()) == ["b", "c"]


def test_a_late_load_of_an_incomplete_run_overwrites_no_newer_sighting(place: Place) -> None:
    newer = place.stage({"a": "landed"}, run_id="r2", at=1, complete=False, covers=None)
    late = place.stage({"a": "active", "b": "active"}, run_id="r1", complete=False, path="flights/late.parquet")

    assert place.load(newer, late)[1] == Loaded(1, 0, 0)
    assert place.present() == {"a": "landed", "b": "active"}


def test_of_two_runs_in_one_second_the_later_run_id_is_the_newer(duckdb_place: Place) -> None:
    first = duckdb_place.stage({"a": "active", "b": None}, run_id="r1", path="flights/first.parquet")
    second = duckdb_place.stage({"a": "landed"}, run_id="r2")

    assert duckdb_place.load(first, second, first) == [Loaded(2, 0, 0), Loaded(0, 1, 1), Loaded(0, 0, 0)]
    assert duckdb_place.present() == {"a": "landed"}


def test_an_object_that_a_later_run_replaced_is_superseded_and_changes_nothing(place: Place) -> None:
    first = place.stage({"a": None}, run_id="r1")
    place.stage({"a": "landed", "b": None}, run_id="r2", at=1)

    [loaded] = place.load(first)

    assert loaded == Loaded(0, 0, 0, superseded=True)
    assert place.rows() == {}
    with place.open() as warehouse:
        assert not is_loaded(warehouse, "r1")


def test_a_slice_may_have_any_name_that_slices_have(place: Place) -> None:
    name = f"{DAY}.airline_name=C%C3%B4te%20d%27Ivoire%2E"

    assert place.load(place.stage({"a": None}, run_id="r1", slice_=name, covers=None)) == [Loaded(1, 0, 0)]


def test_a_reference_table_is_merged_by_its_own_key(place: Place, declared_tables: set[str]) -> None:
    declared_tables.add(AIRLINES.table)
    rows = [
        {"airline_id": 1, "airline_name": "One"},
        {"airline_id": 2, "airline_name": "Two", "fleet_average_age": 9.5},
    ]
    first = place.stage(rows, run_id="r1", endpoint=AIRLINES, slice_="all", covers=None)
    second = place.stage(
        [{**rows[0], "airline_name": "Uno"}], run_id="r2", at=1, endpoint=AIRLINES, slice_="all", covers=None, path="b"
    )

    assert place.load(first, second) == [Loaded(2, 0, 0), Loaded(0, 1, 0)]
    assert {key: row["airline_name"] for key, row in place.rows(AIRLINES).items()} == {"1": "Uno", "2": "Two"}


def test_the_record_of_a_load_says_what_was_requested_what_came_and_what_changed(place: Place) -> None:
    run = place.stage({"a": None, "b": None}, run_id="r1")
    place.load(run)

    with place.open() as warehouse:
        row = known(warehouse, "r1")
        assert known(warehouse, "r2") is None
        assert loads(warehouse, endpoint="airlines") == []
        assert loads(warehouse, endpoint="flights", slice_name=str(DAY)) == [row]
        assert loads(warehouse, slice_name="2026-11-20") == []

    assert row is not None
    assert (row.slice, row.endpoint, row.as_of, row.complete) == (str(DAY), "flights", NOON, True)
    assert row.predicate == f'{{"asked":{{}},"covers":{{"flight_date":"{DAY}"}}}}'
    assert (row.rows, row.pages, row.calls, row.proof) == (2, 1, 1, "made by hand")
    assert row.manifest == run.manifest.path


def test_a_warehouse_that_nothing_was_loaded_into_has_no_loads(place: Place) -> None:
    with place.open() as warehouse:
        assert loads(warehouse) == []
        assert not is_loaded(warehouse, "r1")


def test_two_loads_of_one_run_at_once_leave_one_row_in_loads(place: Place) -> None:
    """As if the other load had committed between this one's snapshot and its lock: the MERGE did not see its row."""
    run = place.stage({"a": "landed"}, run_id="r1")
    doubled: list[str] = []

    def double(statement: Statement) -> None:
        if statement.name == "record" and not doubled:
            doubled.append(statement.name)
            loads = warehouse.table("_loads")
            warehouse.run(Statement("other", f"INSERT INTO {loads} SELECT * FROM {loads}"))

    with place.open(double) as warehouse:
        assert load(warehouse, run.manifest, run.addresses) == Loaded(1, 0, 0)
        assert warehouse.run(Statement("count", f"SELECT count(*) FROM {warehouse.table('_loads')}")) == [(1,)]
    assert doubled == ["record"]


def test_waiting_manifests_are_loaded_in_one_session_and_tables_are_looked_at_once(place: Place) -> None:
    runs = [place.stage({f"a{n}": "landed"}, run_id=f"r{n}", slice_=f"s{n}", covers=None) for n in range(4)]
    seen: list[str] = []
    with place.open(lambda statement: seen.append(statement.name)) as warehouse:
        loader = Loader(warehouse)
        assert [loader.load(run.manifest, run.addresses) for run in runs] == [Loaded(1, 0, 0)] * 4

    assert seen.count("register") == 4
    assert seen.count("commit") >= 4
    assert seen.count("columns") == 2, "before the tables were created, and after"
    assert (seen.count("wrong_clocks"), seen.count("unfreeze_loads"), seen.count("unfreeze_rows")) == (4, 0, 1)


def test_a_replay_of_a_run_dated_ahead_removes_nothing_after_the_clock_was_set_back(place: Place) -> None:
    """Pages are dated to the second, so a run may have started after them."""
    now = datetime.now(UTC).replace(microsecond=0)
    ahead = now + timedelta(hours=1)
    ids = [new_run_id(time) for time in (now - timedelta(hours=1), ahead, ahead + timedelta(seconds=1))]
    place.load(place.stage({"a": "active"}, run_id=ids[0], at=now - timedelta(hours=1)))
    run = place.stage({"a": "active", "b": "active"}, run_id=ids[1], at=ahead)
    started = msgspec.structs.replace(run.manifest, started_at=ahead + timedelta(seconds=0.3))
    place.load(replace(run, manifest=started))
    replay = place.stage({"a": "active", "b": "active"}, run_id=ids[2], at=ahead)
    again = msgspec.structs.replace(replay.manifest, journal=f"journal/flights/{DAY}/{ids[1]}")
    assert place.load(replace(replay, manifest=again)) == [Loaded(0, 0, 0)]
    assert set(place.present()) == {"a", "b"}


def test_the_first_run_after_the_clock_was_set_back_replaces_what_it_had_dated_ahead(place: Place) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    place.load(place.stage({"a": "active", "b": "active"}, run_id="r1", at=ahead))
    next_run = place.stage({"a": "landed"}, run_id="r2", at=datetime.now(UTC))
    assert place.load(next_run) == [Loaded(0, 1, 1)]
    assert place.present() == {"a": "landed"}


def test_a_run_that_was_fetched_before_a_load_dated_ahead_replaces_it_by_the_order_of_runs(place: Place) -> None:
    fetched = datetime.now(UTC)
    place.load(place.stage({"a": "active"}, run_id="r1", at=fetched + timedelta(hours=1)))
    assert place.load(place.stage({"a": "landed"}, run_id="r2", at=fetched)) == [Loaded(0, 1, 0)]
    assert place.present() == {"a": "landed"}


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(minutes=3)])
@pytest.mark.parametrize("order", ["1 2 1", "2 1", "1 2 1 1 2 1"])
def test_a_run_is_never_newer_than_a_later_run_of_its_slice(place: Place, back: timedelta, order: str) -> None:
    """The clock was set back between them, by an hour or by less than clocks may differ."""
    now = datetime.now(UTC) - timedelta(minutes=10)
    runs = {
        "1": place.stage({"a": "active", "b": "active"}, run_id="r1", at=now + back, path="flights/1.parquet"),
        "2": place.stage({"a": "landed", "c": "landed"}, run_id="r2", at=now, path="flights/2.parquet"),
    }
    for run in order.split():
        place.load(runs[run])
    assert place.present() == {"a": "landed", "c": "landed"}
    with place.open() as warehouse:
        found = [presence(warehouse, run.manifest) for run in runs.values()]
    assert all(one is not None and one.held >= 2 and one.left_over == 0 for one in found)
    assert place.ask("SELECT count(*) FROM aviationstack._loads WHERE as_of > loaded_at") == [(0,)]


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta()])
def test_a_run_counts_as_superseded_by_any_later_run_of_its_slice_alone(place: Place, back: timedelta) -> None:
    """The clock was set back before the last run, or was not."""
    now = datetime.now(UTC) - timedelta(minutes=10)
    ids = _run_ids(0, 1, 2, 3)
    first = place.stage({"a": None}, run_id=ids[0], at=now + back)
    other = place.stage({"b": None}, run_id=ids[1], at=now, slice_="2026-11-20", path="flights/other.parquet")
    last = place.stage({"a": None}, run_id=ids[2], at=now)
    next_ = msgspec.structs.replace(last.manifest, run_id=ids[3])
    replay = _fetched_by(replace(first, manifest=next_), ids[0])
    with place.open() as warehouse:
        for loaded, then in ((other, False), (last, True)):
            load(warehouse, loaded.manifest, loaded.addresses)
            assert is_known(warehouse, first.manifest) is then
            assert is_known(warehouse, replay.manifest) is then
            assert not is_known(warehouse, next_)


def _run_ids(*hours: int) -> list[str]:
    return [new_run_id(NOON + timedelta(hours=hour)) for hour in hours]


def _fetched_by(run: Run, run_id: str) -> Run:
    """Return the run as a replay of the pages of another."""
    return replace(run, manifest=msgspec.structs.replace(run.manifest, journal=f"journal/flights/{DAY}/{run_id}"))


def test_a_replay_made_later_is_not_newer_than_a_run_made_before_it(place: Place) -> None:
    first, second, third = _run_ids(1, 2, 3)
    newer = place.stage({"a": "landed"}, run_id=second, at=2, path="flights/2.parquet")
    replay = place.stage({"a": "active"}, run_id=third, at=1, path="flights/3.parquet")
    place.load(_fetched_by(replay, first), newer)
    assert place.present() == {"a": "landed"}
    assert place.rows()["a"]["_extracted_at"] == (NOON + timedelta(hours=2)).replace(tzinfo=None)


def test_a_run_that_is_resumed_after_a_replay_of_an_older_one_is_newer_than_that(place: Place) -> None:
    """Its id is from before the replay, its pages are from after it (seeds 1966 and 2960 of the simulation)."""
    first, second, third = _run_ids(1, 2, 3)
    replay = place.stage({"a": "active", "b": "active"}, run_id=third, at=1, path="flights/3.parquet")
    resumed = place.stage({"a": "landed"}, run_id=second, at=4, path="flights/2.parquet")
    began = msgspec.structs.replace(resumed.manifest, started_at=NOON + timedelta(hours=2))
    place.load(_fetched_by(replay, first), replace(resumed, manifest=began))
    assert place.present() == {"a": "landed"}


def test_a_replay_of_a_run_dated_ahead_is_not_newer_than_the_run_after_it(place: Place) -> None:
    ahead, back, replayed = _run_ids(1, 2, 3)
    replay = place.stage({"a": "active", "b": "active"}, run_id=replayed, at=1, path="flights/3.parquet")
    after = place.stage({"a": "landed"}, run_id=back, at=0, path="flights/2.parquet")
    for runs in ([after, _fetched_by(replay, ahead)], [_fetched_by(replay, ahead), after]):
        place.load(*runs)
        assert place.present() == {"a": "landed"}


def test_a_row_that_a_run_has_is_not_removed_by_it_though_the_load_of_another_slice_counts_as_newer(
    place: Place,
) -> None:
    """The other slice was fetched before the clock was set back (seed 4176 of the simulation)."""
    ahead, again, back = _run_ids(1, 1, 2)
    whole = {"flight_date": str(DAY)}
    place.load(
        place.stage({"a": "active"}, run_id=ahead, at=1, slice_="other", covers=whole, path="flights/1.parquet"),
        place.stage({"a": "active", "b": "active"}, run_id=again, at=1, covers=whole, path="flights/2.parquet"),
        place.stage({"a": "landed"}, run_id=back, at=0, covers=whole, path="flights/3.parquet"),
    )
    assert set(place.present()) == {"a"}


def test_of_two_runs_at_once_the_later_page_decides(place: Place) -> None:
    """The first run waited for its turn: its page came after that of the second, which began later."""
    first = place.stage({"a": "landed"}, run_id="r1", at=2, path="flights/1.parquet")
    began = msgspec.structs.replace(first.manifest, started_at=NOON)
    second = place.stage({"a": "active"}, run_id="r2", at=1, path="flights/2.parquet")
    place.load(second)
    place.load(replace(first, manifest=began))
    place.load(second)
    assert place.present() == {"a": "landed"}


def test_a_manifest_that_fails_its_audit_changes_none_before_or_after_it(place: Place) -> None:
    good = place.stage({"a": None}, run_id="r1", covers=None)
    bad = place.stage({"b": None}, run_id="r2", covers=None, path="flights/b.parquet")
    wrong = msgspec.structs.replace(bad.manifest, rows=5)
    with place.open() as warehouse:
        loader = Loader(warehouse)
        loader.load(good.manifest, good.addresses)
        with pytest.raises(AuditFailed):
            loader.load(wrong, bad.addresses)
        loader.load(bad.manifest, bad.addresses)
    assert set(place.present()) == {"a", "b"}
