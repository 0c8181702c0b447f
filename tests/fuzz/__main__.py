"""Feed the product what nobody should: bodies, settings, command lines, damaged files.

    python -m tests.fuzz [--bodies 1000000] [--settings 20000] [--commands 2000] [--files 5000] [--seed 1]

Bodies go through Arrow's reader and the reader that goes row by row: JSON that the first takes, both must read alike,
to the bit. Any settings and any command line end in a message and an exit code, never in a traceback, and without the
key. A staged run of which one byte is changed is refused or loaded as it was staged. Exits 1 for what differs.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from unittest import mock

import duckdb

from aviastack.cli.main import main as command
from aviastack.errors import AviastackError
from aviastack.manifest import Coverage, Manifest, new_run_id
from aviastack.page import Page, Pagination
from aviastack.pipeline.run import Pipeline
from aviastack.records.parse_arrow import parse_with_arrow
from aviastack.records.parse_rows import parse_row_by_row
from aviastack.records.typed import as_types
from aviastack.settings import Settings, settings_from
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.open_store import open_store
from tests.simulation.fuzz_reader import _bodies
from tests.support.mutated_pages import same_arrays
from tests.support.sample_records import flight

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
DAY, ROWS = "2026-10-01", 30
VALUES = (
    "", " ", "0", "-1", "1", "1e9", "1/0s", "5/s", "off", "nan", "inf", "true", "None", "é" * 300, "\x00", "../..",
    "//", "gs://", "gs://b/p", "s3://b", "duckdb://", "duckdb:///x.duckdb", "snowflake://", "redis://", "redis://:pw@h:1/0",
    "http://", "http://127.0.0.1:9/v1", "https://user:pw@host/v1", "2026-10-01", "2026-02-30", "9" * 40, "90d", "-5d",
    "basic", "FREE", "stop", "evolve", "DEBUG", "[1]", "{}", KEY,
)  # fmt: skip
WORDS = (
    "run", "extract", "load", "backfill", "replay", "status", "plan", "quarantine", "query", "schema", "prune",
    "report", "flights", "airports", "fligths", "--date", "--from", "--to", "--airline-iata", "--json", "--max-calls",
    "--pace", "--staging", "--help", "--latest", "--run-id", "--", "-x", "--date=2026-10-01", "select 1", "--limit",
    "--max-age",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=int, default=1_000_000)
    parser.add_argument("--settings", type=int, default=20_000)
    parser.add_argument("--commands", type=int, default=2_000)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    parts: dict[str, Callable[[int, Random], Counter[str]]] = {
        "settings": _settings,
        "commands": _commands,
        "files": _files,
        "bodies": _parsed,
    }
    with tempfile.TemporaryDirectory(prefix="aviastack-fuzz-") as folder:
        os.chdir(folder)
        for name, fuzz in parts.items():
            began, many = time.process_time(), getattr(wanted, name)
            seen = fuzz(many, Random(wanted.seed))
            what = ", ".join(f"{count:,} {kind}" for kind, count in seen.most_common())
            print(
                f"{many:,} {name}, seed {wanted.seed}: {what}; {time.process_time() - began:.0f} s of CPU", flush=True
            )
        os.chdir("/")
    return 0


def _parsed(many: int, random: Random) -> Counter[str]:
    """Read damaged pages of every endpoint with both readers."""
    seen: Counter[str] = Counter()
    for endpoint, body in _bodies(many, random):
        expected = parse_with_arrow(endpoint, [body])
        if expected is None:
            seen["left to the reader that goes row by row"] += 1
            continue
        singly = parse_row_by_row(endpoint, [body])
        if singly.reasons:
            assert not _is_json(body), body
            seen["not JSON, forgiven by Arrow's reader and quarantined by the other"] += 1
            continue
        assert singly.counts == expected.counts, body
        same_arrays(as_types(endpoint, expected).columns, as_types(endpoint, singly).columns)
        seen["read alike"] += 1
    return seen


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _settings(many: int, random: Random) -> Counter[str]:
    """Set up to four settings to anything, as variables and as arguments."""
    names, seen = list(Settings.model_fields), Counter[str]()
    for _ in range(many):
        chosen = {name: random.choice(VALUES) for name in random.sample(names, random.randint(1, 4))}
        as_variables = random.random() < 0.5
        variables = {f"AVIASTACK_{name.upper()}": value for name, value in chosen.items() if "\x00" not in value}
        with mock.patch.dict(os.environ, variables if as_variables else {}):
            try:
                settings = settings_from(**({} if as_variables else chosen))
            except AviastackError as error:
                refused = str(error)
            else:
                shown = repr(settings)
                assert KEY not in shown or any(v == KEY for n, v in chosen.items() if n != "access_key"), shown
                seen["accepted"] += 1
                continue
        assert KEY not in refused or chosen.get("access_key") != KEY, refused
        seen["refused with a message"] += 1
    return seen


def _commands(many: int, random: Random) -> Counter[str]:
    """Run any words as a command line, without an API to reach."""
    seen: Counter[str] = Counter()
    variables = {"AVIASTACK_BASE_URL": "http://127.0.0.1:9/v1", "AVIASTACK_ACCESS_KEY": KEY, "AVIASTACK_PACE": "off"}
    for _ in range(many):
        words = [random.choice(WORDS if random.random() < 0.8 else VALUES) for _ in range(random.randint(1, 6))]
        words = [word for word in words if word != "report" or "--help" in words]
        out, errors = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, variables),
            mock.patch.object(sys, "argv", ["aviastack", *words]),
            mock.patch("aviastack.api.session.Api.fetch_page", side_effect=AviastackError("no API here")),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
        ):
            try:
                command()
                code: object = 0
            except SystemExit as ended:
                code = ended.code or 0
        text = out.getvalue() + errors.getvalue()
        assert "Traceback" not in text, (words, text[-2000:])
        assert KEY not in text or KEY in words, (words, text[-2000:])
        seen[f"exit code {code}"] += 1
    return seen


def _files(many: int, random: Random) -> Counter[str]:
    """Change one byte of a file of a staged run, and load the run."""
    seen: Counter[str] = Counter()
    root = Path("staged").absolute()
    settings = settings_from(access_key="k", staging=str(root), warehouse=f"duckdb:///{root}.duckdb")
    pipeline = Pipeline(settings, open_store(settings.staging))
    manifest = _staged(pipeline)
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.stat().st_size)
    pipeline.load(manifest)
    expected = _rows(f"{root}.duckdb")
    assert len(expected) == ROWS
    for _ in range(many):
        path = random.choice(files)
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        path.write_bytes(bytes(damaged))
        try:
            seen[_used(pipeline, path, manifest, expected, f"{root}.duckdb")] += 1
        finally:
            path.write_bytes(whole)
    return seen


def _used(
    pipeline: Pipeline, path: Path, manifest: Manifest, expected: list[tuple[object, ...]], warehouse: str
) -> str:
    kind = "manifest" if "manifests" in path.parts else "journal" if "journal" in path.parts else "staged file"
    slice_ = Slice.parse(manifest.endpoint, manifest.slice)
    try:
        if kind == "journal":
            again = pipeline.replay(slice_)
            assert again.rows + again.quarantined == ROWS, "a damaged journal was replayed with other rows"
            pipeline.store.remove(again.path)
        else:
            read = manifest_log.read(pipeline.store, manifest.path)
            assert read == manifest, "a damaged manifest was read"
            pipeline.load(read)
    except AviastackError:
        return f"{kind}: refused with a message"
    assert kind == "journal" or _rows(warehouse) == expected, f"{path} was loaded damaged"
    return f"{kind}: read as it was"


def _staged(pipeline: Pipeline) -> Manifest:
    from aviastack.staging.journal import Journal

    slice_, now = Slice.of("flights", {"flight_date": DAY}), datetime(2026, 10, 5, 12, tzinfo=UTC)
    records = [flight({"flight_date": DAY, "flight.number": str(100 + n)}) for n in range(ROWS)]
    pagination = {"limit": 1000, "offset": 0, "count": ROWS, "total": ROWS}
    body = json.dumps({"pagination": pagination, "data": records}).encode()
    run_id = new_run_id(now)
    with Journal.begin(pipeline.store, slice_, run_id, now) as journal:
        journal.append(Page(0, 1000, body, Pagination(**pagination), now))
        journal.seal(Coverage(True, "settled", True, ROWS, 1, 1, now, ROWS))
    return pipeline.stage(slice_, run_id)


def _rows(warehouse: str) -> list[tuple[object, ...]]:
    with duckdb.connect(warehouse, read_only=True) as connection:
        query = "SELECT * EXCLUDE (_loaded_at) FROM aviationstack.flights ORDER BY flight_key"
        return connection.execute(query).fetchall()


if __name__ == "__main__":
    raise SystemExit(main())
