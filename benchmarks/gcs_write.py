"""What our promises cost when a day is written to Google Cloud Storage: a raw gcsfs write is the base.

    python benchmarks/gcs_write.py [--rows 250000] [--times 15]

Against the emulator: the Parquet of a day of flights as raw gcsfs writes it, the same bytes through the store (whole or
not at all, checksum compared), and the day's rows through the slice's writer (encoded as they stream, then put in
place), which is compared with the same into a folder plus the raw write. The ways take turns, so that whatever else the
machine does falls on all; prints medians of the times and of the ratios of each turn, and the peak of memory that each
takes in a separate process (Linux). Exits 1 if a ratio passes 1.3 or the bucket takes more than 64 MB.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))

from aviastack.endpoints import FLIGHTS  # noqa: E402 - found only from here
from aviastack.manifest import new_run_id  # noqa: E402
from aviastack.records.schema import arrow_schema  # noqa: E402
from aviastack.slices import Slice  # noqa: E402
from aviastack.staging.open_store import open_store  # noqa: E402
from aviastack.staging.parquet import SliceWriter  # noqa: E402
from aviastack.staging.store import Store  # noqa: E402

DAY = date(2026, 11, 20)
SLICE = Slice.of(FLIGHTS, {"flight_date": DAY})
BATCH = 10_000
ALLOWED_RATIO, ALLOWED_MEGABYTES = 1.3, 64.0
WAYS = {
    "raw": "raw gcsfs write",
    "store": "the same bytes through the store",
    "folder": "rows through the slice's writer, to a folder",
    "bucket": "rows through the slice's writer, to the bucket",
}


def main() -> int:
    arguments = _arguments()
    if arguments.way:
        print(_peak(arguments.way, Path(arguments.folder)))
        return 0
    with tempfile.TemporaryDirectory(prefix="aviastack-gcs-") as name, _emulator() as url:
        folder = Path(name)
        os.environ["STORAGE_EMULATOR_HOST"] = url
        size = _prepare(folder, arguments.rows)
        turns = _turns(folder, arguments.times)
        megabytes = {way: _peak_apart(way, folder) for way in WAYS}
    ratios = {
        "store": statistics.median(turn["store"] / turn["raw"] for turn in turns),
        "bucket": statistics.median(turn["bucket"] / (turn["folder"] + turn["raw"]) for turn in turns),
    }
    print(f"a day of {arguments.rows:,} rows, {size / 1e6:.1f} MB of Parquet; medians of {arguments.times}")
    for way, title in WAYS.items():
        ratio = f"{ratios[way]:6.2f} x" if way in ratios else ""
        print(f"{title:48}{statistics.median(turn[way] for turn in turns):7.3f} s {megabytes[way]:5.0f} MB{ratio}")
    memory = max(megabytes["store"], megabytes["bucket"] - megabytes["folder"])
    print(f"{memory:.0f} MB for the bucket beside what the rows themselves take")
    return 1 if max(ratios.values()) > ALLOWED_RATIO or memory > ALLOWED_MEGABYTES else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=250_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _prepare(folder: Path, rows: int) -> int:
    """Leave the day's rows as Arrow, and as the Parquet that the slice's writer makes of them; return its size."""
    schema = arrow_schema(FLIGHTS)
    with pa.ipc.new_file(folder / "rows.arrow", schema) as file:
        for first in range(0, rows, BATCH):
            file.write_table(_rows(schema, range(first, min(first + BATCH, rows))))
    store = open_store(str(folder / "prepared"))
    (staged,) = _write_slice(store, folder)
    Path(store.address(staged)).rename(folder / "day.parquet")
    return (folder / "day.parquet").stat().st_size


def _rows(schema: pa.Schema, numbers: range) -> pa.Table:
    """Rows as wide as flights are: keys of their own, the rest from a few thousand values."""
    unique = pa.array(np.arange(numbers.start, numbers.stop))
    common = pa.array(np.arange(numbers.start, numbers.stop) * 7919 % 4001)
    midnight = pa.scalar(datetime.combine(DAY, datetime.min.time()), pa.timestamp("us"))
    minutes = pc.add(midnight, pc.cast(pc.multiply(common, 60_000_000), pa.duration("us")))
    made = {
        "date32[day]": pa.array([DAY] * len(numbers)),
        "bool": pc.equal(common, 0),
        "timestamp[us]": minutes,
        "timestamp[us, tz=UTC]": pc.assume_timezone(minutes, "UTC"),
    }

    def text(name: str) -> pa.Array:
        numbered = unique if name.endswith(("_key", "_id")) else common
        return pc.binary_join_element_wise(name, numbered.cast(pa.string()), " ")

    return pa.table(
        {
            field.name: text(field.name) if pa.types.is_string(field.type) else made.get(str(field.type), common)
            for field in schema
        }
    ).cast(schema)


@contextmanager
def _emulator() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.support.gcs_emulator", "lake"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def _turns(folder: Path, times: int) -> list[dict[str, float]]:
    """Time every way once a turn; the first turn warms up and is not counted."""
    ways = {way: _way(way, folder) for way in WAYS}
    return [{way: _seconds(write) for way, write in ways.items()} for _ in range(times + 1)][1:]


def _seconds(write: Callable[[], object]) -> float:
    began = time.perf_counter()
    write()
    return time.perf_counter() - began


def _peak_apart(way: str, folder: Path) -> float:
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _peak(way: str, folder: Path) -> float:
    """The most memory, in MB above the start, that this process takes while it writes."""
    write = _way(way, folder)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _kilobytes("VmRSS")
    write()
    return (_kilobytes("VmHWM") - before) / 1024


def _way(way: str, folder: Path) -> Callable[[], object]:
    store = open_store(str(folder / "staging") if way == "folder" else "gs://lake/staging")
    store.replace("warm", b"")
    write = {"raw": _write_raw, "store": _write_store}.get(way, _write_slice)
    return lambda: write(store, folder)


def _kilobytes(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


def _write_raw(store: Store, folder: Path) -> None:
    with (folder / "day.parquet").open("rb") as day, store.fs.open("lake/raw.parquet", "wb") as file:
        while piece := day.read(1 << 20):
            file.write(piece)


def _write_store(store: Store, folder: Path) -> None:
    with (folder / "day.parquet").open("rb") as day, store.writer("store.parquet") as sink:
        while piece := day.read(1 << 20):
            sink.write(piece)


def _write_slice(store: Store, folder: Path) -> list[str]:
    writer = SliceWriter(store, SLICE, new_run_id(datetime.now(UTC)), arrow_schema(FLIGHTS))
    with pa.OSFile(str(folder / "rows.arrow")) as file:
        batches = pa.ipc.open_file(file)
        for number in range(batches.num_record_batches):
            writer.write(pa.Table.from_batches([batches.get_batch(number)]))
    return [staged.path for staged in writer.commit(complete=True)]


if __name__ == "__main__":
    sys.exit(main())
