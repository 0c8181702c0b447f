"""DuckDB as a warehouse: its file, who may hold it, and what it reads."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from aviastack.errors import AuditFailed, BadRequest, LockRefused, StagingUnavailable, WarehouseUnavailable
from aviastack.settings import settings_from
from aviastack.staging.open_store import open_store
from aviastack.warehouse.duckdb import DuckDB, _turns
from aviastack.warehouse.loading import Loaded, load
from aviastack.warehouse.loads import loads
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.statements import Statement
from tests.support.gcs_emulator import GcsEmulator
from tests.warehouse.places import Place

pytestmark = pytest.mark.usefixtures("narrow")


def test_an_address_is_relative_after_three_slashes_and_absolute_after_four(tmp_path: Path) -> None:
    relative = open_warehouse(settings_from(warehouse="duckdb:///new/folder/flights.duckdb"))
    absolute = open_warehouse(settings_from(warehouse=f"duckdb:///{tmp_path}/flights.duckdb"))

    with relative, absolute:
        pass

    assert Path("new/folder/flights.duckdb").is_file()
    assert (tmp_path / "flights.duckdb").is_file()


@pytest.mark.parametrize(
    "address", ["flights.duckdb", "postgres://host/db", "duckdb", "duckdb://", "duckdb:///", "duckdb://flights"]
)
def test_an_address_of_another_kind_is_refused_with_the_kinds_there_are(address: str) -> None:
    with pytest.raises(BadRequest, match=r"Invalid warehouse .*snowflake://NAME"):
        settings_from(warehouse=address)


@pytest.mark.parametrize("name", ["aviationstack.duckdb", 'odd "name" v1.2.duckdb', "memory.duckdb", "2026-flights"])
def test_a_file_may_have_any_name(duckdb_place: Place, tmp_path: Path, name: str) -> None:
    run = duckdb_place.stage({"a": None}, run_id="r1")
    with DuckDB(tmp_path / name) as warehouse:
        assert load(warehouse, run.manifest, run.addresses) == Loaded(1, 0, 0)


def test_a_place_that_cannot_be_a_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes, and more of them than a header has bytes" * 100)

    for path in (tmp_path / "notes.txt", tmp_path / "notes.txt" / "below", tmp_path):
        with pytest.raises(WarehouseUnavailable, match=r"can't be opened.*Give AVIASTACK_WAREHOUSE"), DuckDB(path):
            pass


@pytest.mark.parametrize("length", [0, 12, 4_096, 8_192, 3 * 4_096 - 1])
def test_a_file_whose_creation_was_cut_short_by_a_full_disk_is_created_again(
    duckdb_place: Place, tmp_path: Path, length: int
) -> None:
    file = tmp_path / "cut.duckdb"
    duckdb.connect(file).close()
    file.write_bytes(file.read_bytes()[:length])
    run = duckdb_place.stage({"a": None}, run_id="r1")
    with DuckDB(file) as warehouse:
        assert load(warehouse, run.manifest, run.addresses) == Loaded(1, 0, 0)


def test_a_link_to_a_file_that_was_cut_short_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "cut.duckdb").touch()
    link = tmp_path / "link.duckdb"
    link.symlink_to(tmp_path / "disk" / "cut.duckdb")
    with DuckDB(link):
        pass
    assert link.is_symlink()
    assert link.resolve().stat().st_size > 0


def test_a_short_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Remember the milk.")
    with pytest.raises(WarehouseUnavailable, match="can't be opened"), DuckDB(notes):
        pass
    assert notes.read_text() == "Remember the milk."


def test_a_disk_that_is_still_full_ends_the_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_short(path: Path, **_: object) -> None:
        path.write_bytes(b"")
        raise duckdb.IOException("IO Error: Could not write all bytes to file: No space left on device")

    monkeypatch.setattr("duckdb.connect", cut_short)
    with pytest.raises(WarehouseUnavailable, match="No space left"), DuckDB(tmp_path / "cut.duckdb"):
        pass


HOLDS = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@contextmanager
def _held(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Let another process hold the file."""
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_file_that_another_process_holds_is_refused_after_a_wait_and_the_process_named(tmp_path: Path) -> None:
    path = tmp_path / "flights.duckdb"
    with _held(path) as process:
        started = time.monotonic()
        with pytest.raises(WarehouseUnavailable) as refused, DuckDB(path, wait=0.5):
            pass
        waited = time.monotonic() - started

    assert waited >= 0.5
    assert str(path) in str(refused.value)
    assert f"PID {process.pid}" in str(refused.value)
    assert refused.value.exit_code == 6


def test_a_load_waits_until_the_other_process_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "flights.duckdb"
    with _held(path) as process:
        threading.Timer(0.5, process.kill).start()
        with DuckDB(path, wait=300) as warehouse:
            assert loads(warehouse) == []


def test_a_warehouse_opened_twice_by_one_thread_is_refused_instead_of_waiting_forever(tmp_path: Path) -> None:
    path = tmp_path / "flights.duckdb"
    with (
        DuckDB(path),
        pytest.raises(WarehouseUnavailable, match="another load of this process"),
        DuckDB(path, wait=0.1),
    ):
        pass
    with DuckDB(path, wait=0.1):
        pass


def test_loads_of_threads_take_turns(duckdb_place: Place) -> None:
    runs = [
        duckdb_place.stage({f"flight {n}": None}, run_id=f"r{n}", covers=None, path=f"flights/{n}") for n in range(4)
    ]
    threads = [threading.Thread(target=duckdb_place.load, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(duckdb_place.present()) == [f"flight {n}" for n in range(4)]


def test_a_process_that_opens_many_files_keeps_nothing_of_those_it_has_closed(tmp_path: Path) -> None:
    gc.collect()
    before = len(_turns)
    for number in range(3):
        with DuckDB(tmp_path / f"{number}.duckdb"):
            pass
    gc.collect()
    assert len(_turns) == before


def test_a_staged_file_that_is_not_parquet_or_not_ours_changes_nothing(duckdb_place: Place) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    duckdb_place.load(duckdb_place.stage({"a": "active"}, run_id="r1"))
    garbage = duckdb_place.stage({"a": "landed", "b": None}, run_id="r2", at=1)
    Path(garbage.addresses[0]).write_bytes(b"no Parquet at all, but long enough to have a footer of a kind")
    with pytest.raises(AuditFailed, match=r"not written by aviastack.*replay"):
        duckdb_place.load(garbage)

    strange = duckdb_place.stage({"a": "landed"}, run_id="r3", at=2)
    pq.write_table(pa.table({"x": [1, 2]}), strange.addresses[0])
    with pytest.raises(AuditFailed, match="not written by aviastack"):
        duckdb_place.load(strange)
    assert duckdb_place.present() == {"a": "active"}


def test_a_staged_file_that_is_gone_is_named_and_changes_nothing(duckdb_place: Place) -> None:
    run = duckdb_place.stage({"a": "landed"}, run_id="r1")
    Path(run.addresses[0]).unlink()

    with pytest.raises(StagingUnavailable, match=rf"{run.manifest.staged[0].path}.*replay") as refused:
        duckdb_place.load(run)

    assert refused.value.exit_code == 6
    assert duckdb_place.rows() == {}


def test_columns_that_the_table_does_not_know_are_left_out(duckdb_place: Place) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    run = duckdb_place.stage({"a": "landed"}, run_id="r1")
    table = pq.ParquetFile(run.addresses[0]).read()
    pq.write_table(table.append_column("of_a_later_version", pa.array([1])), run.addresses[0])

    assert duckdb_place.load(run) == [Loaded(1, 0, 0)]


@pytest.mark.emulators
def test_staged_files_are_read_from_a_bucket(
    duckdb_place: Place, bucket: GcsEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
    store = open_store("gs://staged/for-duckdb")
    run = duckdb_place.stage({"a": "landed"}, run_id="r1")
    path = run.manifest.staged[0].path
    store.replace(path, Path(run.addresses[0]).read_bytes())
    settings = settings_from(warehouse=f"duckdb:///{tmp_path}/from-bucket.duckdb")

    def opened() -> Warehouse:
        return open_warehouse(settings, filesystem=store.fs)

    with opened() as warehouse:
        assert load(warehouse, run.manifest, [store.address(path)]) == Loaded(1, 0, 0)
    store.remove(path)
    with pytest.raises(StagingUnavailable, match=r"gs://staged/for-duckdb.*replay"), opened() as warehouse:
        load(warehouse, run.manifest, [store.address(path)])


def test_a_name_that_duckdb_would_cut_is_refused() -> None:
    with pytest.raises(BadRequest, match="name the file alone"):
        open_warehouse(settings_from(warehouse="duckdb:///data/what?.duckdb"))


def test_a_sqlite_file_is_refused_and_nothing_is_downloaded(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(WarehouseUnavailable) as refused, DuckDB(tmp_path / "other.db"):
        pass
    assert "download" not in refused.value.message


def test_a_damaged_block_makes_the_warehouse_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "damaged.duckdb"
    with duckdb.connect(file) as made:
        made.execute("CREATE TABLE t AS SELECT i, md5(i::VARCHAR) AS m FROM range(100000) AS r(i)")
    data = bytearray(file.read_bytes())
    for block in range(3 * 4096 + 5_000, len(data), 1 << 18):
        data[block : block + 100] = bytes(100)
    file.write_bytes(data)

    with pytest.raises(WarehouseUnavailable, match=r"(?i)corrupt|checksum") as refused, DuckDB(file) as warehouse:
        warehouse.run(Statement("all", "SELECT max(m) FROM t"))
    assert refused.value.exit_code == 6


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("TransactionContext Error: Conflict on tuple deletion!", LockRefused),
        ("TransactionContext Error: Failed to commit: No space left on device", WarehouseUnavailable),
    ],
)
def test_a_full_disk_at_commit_is_not_another_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, expected: type[Exception]
) -> None:
    class Failing:
        def execute(self, *_: object) -> None:
            raise duckdb.TransactionException(message)

    with DuckDB(tmp_path / "w.duckdb") as warehouse:
        with monkeypatch.context() as patched:
            patched.setattr(warehouse, "_connection", Failing())
            with pytest.raises(WarehouseUnavailable) as refused:
                warehouse.run(Statement("commit", "COMMIT"))
        assert type(refused.value) is expected
