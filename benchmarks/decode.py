"""What it costs to make pages of flights into checked rows, stage by stage, against Arrow's JSON reader alone.

    python benchmarks/decode.py [--rows 16000] [--page 1000] [--times 5] [--json]

CPU microseconds a flight (the best of several), so that other work on the machine weighs little. The pages are the
simulator's: a whole day of the world, with its nulls, codeshares and odd zones.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.json as arrow_json

from aviastack.endpoints import FLIGHTS
from aviastack.page import Page, Pagination
from aviastack.records.checks import check, prepare
from aviastack.records.decode import BLOCK, decode
from aviastack.records.duplicates import edge_keys
from aviastack.records.parse_arrow import _options, parse_with_arrow
from aviastack.records.parse_native import native_reader
from aviastack.records.parse_rows import parse_row_by_row
from aviastack.records.parse_whole import parse_whole
from aviastack.records.typed import typed_columns
from aviastack.simulator.simulated import SimulatedLists
from aviastack.slices import Slice

DAY = "2026-11-18"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=16_000)
    parser.add_argument("--page", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    pages = list(_pages(wanted.rows, wanted.page))
    before = _peak()
    found = {name: _best(work, wanted.times) / len_ * 1e6 for name, work, len_ in _stages(pages, wanted.rows)}
    found |= {
        "bytes a flight": sum(len(page.body) for page in pages) / wanted.rows,
        "peak MB": _peak(),
        "before MB": before,
    }
    if wanted.json:
        print(json.dumps({name: round(value, 3) for name, value in found.items()}))
        return
    for name, value in found.items():
        print(f"{name:44}{value:9.2f}")


def _pages(rows: int, page: int) -> Iterator[Page]:
    flights = SimulatedLists(1, 200_000, 1 << 26).rows("flights", {"flight_date": DAY}, NOW)
    for number, offset in enumerate(range(0, rows, page)):
        count = min(page, rows - offset)
        head = b'{"pagination":{"limit":%d,"offset":%d,"count":%d,"total":%d},"data":[' % (page, offset, count, rows)
        body = head + flights.text(range(offset, offset + count)) + b"]}"
        yield Page(offset, page, body, Pagination(page, offset, count, rows), NOW, number)


def _stages(pages: list[Page], rows: int) -> Iterator[tuple[str, Callable[[], Any], int]]:
    asked = Slice.of(FLIGHTS, {"flight_date": DAY})
    bodies = [page.body for page in pages]
    at_once = max(1, BLOCK // len(bodies[0]))
    blocks = [bodies[at : at + at_once] for at in range(0, len(bodies), at_once)]
    table = decode(asked, "run", pages).table
    sent = [read for block in blocks if (read := parse_whole(FLIGHTS, block)) is not None]
    first = len(parse_row_by_row(FLIGHTS, bodies[:1]).raw_records or ())
    yield "floor: Arrow's JSON reader and nothing else", lambda: [_arrow(block) for block in blocks], rows
    yield (
        "Arrow's reader, every key and offset counted",
        lambda: [parse_with_arrow(FLIGHTS, each) for each in blocks],
        rows,
    )
    if (native := native_reader()) is not None:
        yield "the native reader", lambda: [native.parse(FLIGHTS, each) for each in blocks], rows
    yield "columns: tidy, clocks in UTC, keys", lambda: [typed_columns(FLIGHTS, each, None) for each in sent], rows
    yield "decode: all of it, with hashes and stamps", lambda: decode(asked, "run", pages), rows
    yield "the same a page at a time", lambda: [decode(asked, "run", [page]) for page in pages], rows
    yield "read record by record (drift)", lambda: parse_row_by_row(FLIGHTS, bodies[:1]), first
    yield "edge_keys: a page's keys alone", lambda: edge_keys(FLIGHTS, bodies[0]), first
    prepare()
    yield "check: the contract and the rules", lambda: check(asked, table), rows


def _arrow(block: list[bytes]) -> pa.Table:
    text = b"\n".join(block)
    options = arrow_json.ReadOptions(block_size=len(text) + 1, use_threads=False)
    return arrow_json.read_json(io.BytesIO(text), read_options=options, parse_options=_options(FLIGHTS))


def _best(work: Callable[[], Any], times: int) -> float:
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
