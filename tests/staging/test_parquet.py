"""Typed rows take their places whole and together, or leave no trace, and readers of Hive partitions find them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aviastack.errors import StagingUnavailable
from aviastack.slices import Slice
from aviastack.staging import parquet
from aviastack.staging.folder import Folder
from aviastack.staging.parquet import SliceWriter, write_quarantine
from aviastack.staging.store import Store
from tests.staging.conftest import a_run
from tests.support.gcs_emulator import Fault, GcsEmulator

SCHEMA = pa.schema(
    [("flight_date", pa.date32()), ("airline_iata", pa.string()), ("n", pa.int64()), ("_run_id", pa.string())]
)
FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)


def rows(*days: date, airline: str = "AA", run_id: str = "") -> pa.Table:
    columns = {"flight_date": days, "airline_iata": [airline] * len(days), "n": range(len(days))}
    return pa.table({**columns, "_run_id": [run_id] * len(days)}, schema=SCHEMA)


def staged(store: Store, slice_: Slice, run_id: str, table: pa.Table, *, complete: bool = True) -> list[str]:
    writer = SliceWriter(store, slice_, run_id, SCHEMA)
    writer.write(table)
    return [file.path for file in writer.commit(complete=complete)]


def everything(store: Store) -> list[str]:
    return [entry.path for entry in store.entries(hidden=True)]


def table_at(store: Store, path: str) -> pa.Table:
    with store.reader(path) as file:
        return pq.ParquetFile(file).read()


def test_a_live_slice_has_an_object_per_date(store: Store, run_id: str) -> None:
    live = Slice.of("flights")
    writer = SliceWriter(store, live, run_id, SCHEMA)
    writer.write(rows(FRIDAY, SATURDAY, FRIDAY))
    writer.write(rows(SATURDAY))
    files = writer.commit(complete=True)
    assert [(file.path, file.date, file.rows) for file in files] == [
        ("flights/date=2026-11-20/live.parquet", "2026-11-20", 2),
        ("flights/date=2026-11-21/live.parquet", "2026-11-21", 2),
    ]
    assert [file.bytes for file in files] == [store.size(file.path) for file in files]
    assert table_at(store, files[0].path)["n"].to_pylist() == [0, 2]
    assert everything(store) == [file.path for file in files]


def test_nothing_is_seen_before_the_commit_and_nothing_is_left_after_a_discard(
    store: Store, slice_: Slice, run_id: str
) -> None:
    (path,) = staged(store, slice_, a_run(-1), rows(FRIDAY, run_id="former"))
    writer = SliceWriter(store, slice_, run_id, SCHEMA)
    writer.write(rows(FRIDAY, run_id="new"))
    assert store.list() == [path]
    writer.discard()
    writer.discard()
    assert everything(store) == [path]
    assert table_at(store, path)["_run_id"].to_pylist() == ["former"]


def test_a_new_run_replaces_the_object_of_the_previous_one(store: Store, slice_: Slice, run_id: str) -> None:
    staged(store, slice_, a_run(-1), rows(FRIDAY, FRIDAY, run_id="former"))
    (path,) = staged(store, slice_, run_id, rows(FRIDAY, run_id="new"))
    assert table_at(store, path)["_run_id"].to_pylist() == ["new"]
    assert store.list() == [path]


def test_an_incomplete_run_is_kept_apart_and_replaces_no_complete_object(
    store: Store, slice_: Slice, run_id: str
) -> None:
    (whole,) = staged(store, slice_, a_run(-1), rows(FRIDAY, FRIDAY))
    (part,) = staged(store, slice_, run_id, rows(FRIDAY), complete=False)
    assert part == f"partial/{whole}"
    assert table_at(store, whole).num_rows == 2
    assert table_at(store, part).num_rows == 1


def test_a_file_says_whose_it_is(folder: Store, slice_: Slice, run_id: str) -> None:
    (path,) = staged(folder, slice_, run_id, rows(FRIDAY))
    about = pq.read_metadata(folder.address(path))
    assert about.metadata[b"aviastack.run_id"] == run_id.encode()
    assert about.metadata[b"aviastack.slice"] == slice_.name.encode()
    assert about.metadata[b"aviastack.endpoint"] == b"flights"
    column = about.row_group(0).column(0)
    assert column.compression == "ZSTD"
    assert column.statistics.max == FRIDAY


def test_reference_tables_are_dated_by_the_day_of_extraction(folder: Store) -> None:
    airlines = pa.table({"name": ["Delta"]})
    writer = SliceWriter(folder, Slice.of("airlines"), "20261122T060000000000Z-abcdef", airlines.schema)
    writer.write(airlines)
    (file,) = writer.commit(complete=True)
    assert file.path == "airlines/date=2026-11-22/all.parquet"


def test_folders_are_snake_case(folder: Store, run_id: str) -> None:
    slice_ = Slice.of("flightsFuture", {"date": "2026-12-01", "iataCode": "JFK", "type": "departure"})
    (path,) = staged(folder, slice_, run_id, rows(date(2026, 12, 1)))
    assert path.startswith("flights_future/date=2026-12-01/2026-12-01.")


def test_a_row_without_a_date_is_refused_rather_than_lost(folder: Store, slice_: Slice, run_id: str) -> None:
    dateless = pa.table({"flight_date": [None], "airline_iata": ["AA"], "n": [1], "_run_id": [""]}, schema=SCHEMA)
    writer = SliceWriter(folder, slice_, run_id, SCHEMA)
    with pytest.raises(ValueError, match="must be quarantined"):
        writer.write(dateless)


def test_groups_close_by_rows_or_by_memory(
    folder: Store, slice_: Slice, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROWS", 100)
    (path,) = staged(folder, slice_, run_id, pa.concat_tables([rows(*[FRIDAY] * 10)] * 90))
    assert pq.read_metadata(folder.address(path)).row_group(0).num_rows == 200
    writer = SliceWriter(folder, slice_, run_id, SCHEMA)
    monkeypatch.setattr(parquet, "BYTES", 500)
    for _ in range(4):
        writer.write(rows(*[FRIDAY] * 40))
    (file,) = writer.commit(complete=True)
    assert pq.read_metadata(folder.address(file.path)).num_row_groups == 4


def test_the_memory_of_a_writer_is_bounded_over_all_dates(
    folder: Store, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "BYTES", 10_000)
    writer = SliceWriter(folder, Slice.of("flights"), run_id, SCHEMA)
    for _ in range(100):
        writer.write(rows(FRIDAY, SATURDAY, date(2026, 11, 22)))
        assert sum(part.waiting for part in writer._parts.values()) < 10_000
    assert [file.rows for file in writer.commit(complete=True)] == [100, 100, 100]


def test_a_run_without_rows_has_no_object(folder: Store, run_id: str) -> None:
    airlines = pa.table({"name": pa.array([], pa.string())})
    writer = SliceWriter(folder, Slice.of("airlines"), run_id, airlines.schema)
    writer.write(airlines)
    assert writer.commit(complete=True) == []


def test_two_writers_of_one_run_do_not_meet_before_the_place_that_both_write_to(
    store: Store, slice_: Slice, run_id: str
) -> None:
    writers = [SliceWriter(store, slice_, run_id, SCHEMA) for _ in range(2)]
    for writer in writers:
        writer.write(rows(FRIDAY))
    places = [[file.path for file in writer.commit(complete=True)] for writer in writers]
    assert places[0] == places[1] == everything(store)


def test_quarantined_records_lie_apart_with_their_reasons(store: Store, slice_: Slice, run_id: str) -> None:
    refused = pa.table({"reasons": ["no departure"], "raw": ["{}"]})
    (file,) = write_quarantine(store, slice_, run_id, refused)
    assert file.path == f"quarantine/flights/date=2026-11-20/{slice_.name}.parquet"
    assert table_at(store, file.path).equals(refused)
    assert everything(store) == [file.path]


@pytest.mark.emulators
def test_a_commit_that_fails_midway_is_reported_and_can_be_made_again(
    gcs: GcsEmulator, bucket: Store, run_id: str
) -> None:
    live = Slice.of("flights")
    writer = SliceWriter(bucket, live, run_id, SCHEMA)
    writer.write(rows(FRIDAY, SATURDAY))
    gcs.faults = lambda asked: Fault(403) if "rewriteTo" in asked.path and "2026-11-21" in asked.path else None
    with pytest.raises(StagingUnavailable, match=r"flights/date=2026-11-21/live\.parquet"):
        writer.commit(complete=True)
    gcs.faults = None
    writer.discard()
    assert everything(bucket) == ["flights/date=2026-11-20/live.parquet"]
    assert len(staged(bucket, live, run_id, rows(FRIDAY, SATURDAY))) == 2


def by_pyarrow(root: str) -> list[tuple[object, ...]]:
    import pyarrow.dataset as ds

    part = ds.partitioning(pa.schema([("date", pa.date32())]), flavor="hive")
    table = ds.dataset(f"{root}/flights", partitioning=part).to_table()
    return list(zip(*(table[name].to_pylist() for name in ("date", "flight_date", "airline_iata", "n")), strict=True))


def by_pyarrow_unasked(root: str) -> list[tuple[object, ...]]:
    table = pq.read_table(f"{root}/flights")
    dates = [date.fromisoformat(str(day)) for day in table["date"].to_pylist()]
    rest = (table[name].to_pylist() for name in ("flight_date", "airline_iata", "n"))
    assert set(table.column_names) == {*SCHEMA.names, "date"}
    return list(zip(dates, *rest, strict=True))


def by_pandas(root: str) -> list[tuple[object, ...]]:
    import pandas as pd

    frame = pd.read_parquet(f"{root}/flights")
    assert set(frame.columns) == {*SCHEMA.names, "date"}
    dates = [date.fromisoformat(day) for day in frame["date"].astype(str)]
    return list(zip(dates, frame["flight_date"], frame["airline_iata"], frame["n"], strict=True))


def by_polars(root: str) -> list[tuple[object, ...]]:
    import polars as pl

    frame = pl.read_parquet(f"{root}/flights/**/*.parquet", hive_partitioning=True)
    assert set(frame.columns) == {*SCHEMA.names, "date"}
    return frame.select("date", "flight_date", "airline_iata", "n").rows()


def by_duckdb(root: str) -> list[tuple[object, ...]]:
    import duckdb

    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT * FROM read_parquet($files, hive_partitioning = true)", {"files": f"{root}/flights/*/*.parquet"}
        )
        names = [column[0] for column in found.description]
        assert set(names) == {*SCHEMA.names, "date"}
        table = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [(row["date"], row["flight_date"], row["airline_iata"], row["n"]) for row in table]


@pytest.mark.parametrize("read", [by_pyarrow, by_pyarrow_unasked, by_pandas, by_polars, by_duckdb])
def test_readers_find_one_dataset_partitioned_by_date_whatever_the_names_of_slices_contain(
    folder: Store, run_id: str, read: Callable[[str], list[tuple[object, ...]]]
) -> None:
    for airline, day in (("AA", FRIDAY), ("AA", SATURDAY), ("DL", SATURDAY)):
        asked = {"flight_date": day.isoformat(), "airline_iata": airline, "airline_name": "Ü=/ [1]"}
        staged(folder, Slice.of("flights", asked), run_id, rows(day, day, airline=airline))
    staged(folder, Slice.of("flights"), run_id, rows(FRIDAY, airline="UA"))
    staged(folder, Slice.of("flights", {"flight_date": "2026-11-19"}), run_id, rows(FRIDAY), complete=False)
    under_way = SliceWriter(folder, Slice.of("flights"), run_id, SCHEMA)
    under_way.write(rows(FRIDAY, airline="XX"))
    found = read(folder.address(""))
    under_way.discard()
    assert sorted(found) == sorted(
        [
            (FRIDAY, FRIDAY, "AA", 0),
            (FRIDAY, FRIDAY, "AA", 1),
            (FRIDAY, FRIDAY, "UA", 0),
            (SATURDAY, SATURDAY, "AA", 0),
            (SATURDAY, SATURDAY, "AA", 1),
            (SATURDAY, SATURDAY, "DL", 0),
            (SATURDAY, SATURDAY, "DL", 1),
        ]
    )


def test_a_key_is_written_plain_and_what_repeats_by_dictionary(folder: Folder, slice_: Slice, run_id: str) -> None:
    schema = pa.schema([("flight_key", pa.string()), *SCHEMA])
    writer = SliceWriter(folder, slice_, run_id, schema)
    writer.write(rows(FRIDAY, FRIDAY).add_column(0, "flight_key", pa.array(["a", "b"])))
    [file] = writer.commit(complete=True)
    with folder.reader(file.path) as source:
        group = pq.ParquetFile(source).metadata.row_group(0)
    assert not group.column(0).has_dictionary_page
    assert group.column(2).has_dictionary_page
