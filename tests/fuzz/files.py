"""Files of a staged run with bytes changed: such a run is refused, or used as it was staged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import duckdb

from aviastack.errors import AviastackError
from aviastack.manifest import Coverage, Manifest, new_run_id
from aviastack.page import Page, Pagination
from aviastack.pipeline.run import Pipeline
from aviastack.settings import settings_from
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store
from tests.fuzz.chunks import Seen
from tests.support.sample_records import flight

DAY, ROWS, PAGES = "2026-10-01", 30, 3
KINDS = ("manifests", "journal", "quarantine")


def fuzz_files(many: int, random: Random) -> Seen:
    """Damage one file of a staged run, use the run, and put the file back, ``many`` times."""
    root = Path("staged").absolute()
    settings = settings_from(access_key="k", staging=str(root), warehouse=f"duckdb:///{root}.duckdb")
    pipeline = Pipeline(settings, open_store(settings.staging))
    manifest = _staged(pipeline)
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.stat().st_size)
    pipeline.load(manifest)
    expected = _rows(f"{root}.duckdb")
    assert len(expected) == ROWS
    seen = Seen()
    for _ in range(many):
        path = random.choice(files)
        whole = path.read_bytes()
        damaged = _damaged(whole, random)
        path.write_bytes(damaged)
        kind = next((kind for kind in KINDS if kind in path.parts), "staged file")
        with seen.watching(f"{path.relative_to(root)}: {damaged!r}"):
            seen.counts[f"{kind} {_used(pipeline, kind, manifest, expected, f'{root}.duckdb')}"] += 1
        path.write_bytes(whole)
    return seen


def _damaged(whole: bytes, random: Random) -> bytes:
    """Change a bit or a few bytes, overwrite a piece with zeros, or cut the end off."""
    at, length = random.randrange(len(whole)), random.randint(1, 64)
    damaged = bytearray(whole)
    match random.randrange(4):
        case 0:
            damaged[at] ^= 1 << random.randrange(8)
        case 1:
            for place in random.sample(range(len(whole)), min(3, len(whole))):
                damaged[place] ^= random.randrange(1, 256)
        case 2:
            damaged[at : at + length] = bytes(len(damaged[at : at + length]))
        case _:
            del damaged[at:]
    return bytes(damaged)


def _used(pipeline: Pipeline, kind: str, manifest: Manifest, expected: list[tuple[object, ...]], warehouse: str) -> str:
    """Replay a damaged journal, or read the manifest and load what it names; nothing damaged may be used."""
    slice_ = Slice.parse(manifest.endpoint, manifest.slice)
    try:
        if kind == "journal":
            again = pipeline.replay(slice_)
            assert (again.rows, again.quarantined) == (manifest.rows, manifest.quarantined), "replayed with other rows"
            pipeline.store.remove(again.path)
        else:
            read = manifest_log.read(pipeline.store, manifest.path)
            assert read == manifest, "a damaged manifest was read"
            pipeline.load(read)
    except AviastackError:
        assert _rows(warehouse) == expected, "refused, but the warehouse has changed"
        return "refused with a message"
    assert kind == "journal" or _rows(warehouse) == expected, "loaded damaged"
    return "used as it was"


def _staged(pipeline: Pipeline) -> Manifest:
    """Journal three pages, of which each has a record that is quarantined, and stage them."""
    slice_, now = Slice.of("flights", {"flight_date": DAY}), datetime(2026, 10, 5, 12, tzinfo=UTC)
    run_id, total = new_run_id(now), ROWS + PAGES
    with Journal.begin(pipeline.store, slice_, run_id, now) as journal:
        for page in range(PAGES):
            numbers = range(page * ROWS // PAGES, (page + 1) * ROWS // PAGES)
            records = [flight({"flight_date": DAY, "flight.number": f"{100 + n}"}) for n in numbers]
            records.append(flight({"flight_date": "2026-13-45", "flight.number": f"{page}"}))
            offset, count = page * total // PAGES, len(records)
            pagination = {"limit": count, "offset": offset, "count": count, "total": total}
            body = json.dumps({"pagination": pagination, "data": records}).encode()
            journal.append(Page(offset, count, body, Pagination(**pagination), now))
        journal.seal(Coverage(True, "settled", True, total, PAGES, PAGES, now, total))
    return pipeline.stage(slice_, run_id)


def _rows(warehouse: str) -> list[tuple[object, ...]]:
    with duckdb.connect(warehouse, read_only=True) as connection:
        query = "SELECT * EXCLUDE (_loaded_at) FROM aviationstack.flights ORDER BY flight_key"
        return connection.execute(query).fetchall()
