"""The floors: aiohttp that throws bytes away, and aiohttp with Arrow's JSON reader into Parquet.

    python -m benchmarks.peers.floor URL OUT [--discard] [--concurrency 16] [--blocks PAGES]

A bound, no competitor: nothing is journalled, checked, keyed, counted, retried or resumed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import aiohttp

LIMIT = 100


async def download(url: str, concurrency: int, take: Callable[[bytes], None]) -> int:
    """Ask for every page, ``concurrency`` at once, and hand its body on; returns the list's total."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:

        async def get(offset: int) -> bytes:
            query = f"access_key=benchmark&limit={LIMIT}&offset={offset}"
            async with session.get(f"{url}/flights?{query}") as answer:
                answer.raise_for_status()
                return await answer.read()

        first = await get(0)
        take(first)
        total = json.loads(first)["pagination"]["total"]
        offsets = iter(range(LIMIT, total, LIMIT))

        async def worker() -> None:
            for offset in offsets:
                take(await get(offset))

        await asyncio.gather(*(worker() for _ in range(concurrency)))
    return int(total)


def parquet(out: Path, pages: int) -> tuple[Callable[[bytes], None], Callable[[], None]]:
    """Return what takes a body and what ends the file; ``pages`` are read at once."""
    import pyarrow.parquet as pq

    from benchmarks.peers.arrow_pages import table_of

    waiting: list[bytes] = []
    writer: pq.ParquetWriter | None = None
    out.mkdir(parents=True, exist_ok=True)

    def write() -> None:
        nonlocal writer
        table = table_of(waiting)
        waiting.clear()
        writer = writer or pq.ParquetWriter(out / "flights.parquet", table.schema, compression="zstd")
        writer.write_table(table)

    def take(body: bytes) -> None:
        waiting.append(body)
        if len(waiting) >= pages:
            write()

    def end() -> None:
        if waiting:
            write()
        if writer is not None:
            writer.close()

    return take, end


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("out", type=Path)
    parser.add_argument("--discard", action="store_true")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--blocks", type=int, default=200)
    wanted = parser.parse_args()
    take, end = ((lambda _body: None), (lambda: None)) if wanted.discard else parquet(wanted.out, wanted.blocks)
    try:
        from uvloop import run
    except ImportError:
        run = asyncio.run
    rows = run(download(wanted.url, wanted.concurrency, take))
    end()
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
