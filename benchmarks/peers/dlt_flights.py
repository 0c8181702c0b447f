"""dlt, in the three ways that its documentation knows, each with the settings that were best for it here.

    python -m benchmarks.peers.dlt_flights URL OUT [--mode MODE] [--duckdb] [--concurrency N] [--again]

``rest_api`` is the declarative source with an offset paginator: what its documentation shows first; its pages come one
after the other. ``parallel`` is declarative as well: offsets are a parent resource, pages its parallelized dependents.
``arrow`` is the expert's way: pages fetched on dlt's thread pool and yielded as Arrow tables, by the same reader as the
floor's, so that what lies between the two is dlt's own engine. Into DuckDB it merges by a key, from Parquet files.
``--again`` keeps the pipeline of an earlier run, to see what a second one asks for.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

LIMIT, BLOCK = 100, 50
QUERY = {"access_key": "benchmark", "limit": LIMIT}
KEYS = {"arrow": ["flight_date", "flight_number"], "rest_api": ["flight_date", "flight__number"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("out", type=Path)
    parser.add_argument("--mode", choices=("rest_api", "parallel", "arrow"), default="rest_api")
    parser.add_argument("--duckdb", action="store_true")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--again", action="store_true")
    wanted = parser.parse_args()
    if not wanted.again:
        shutil.rmtree(wanted.out, ignore_errors=True)
    wanted.out.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DLT_DATA_DIR": str(wanted.out / "home"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "EXTRACT__WORKERS": str(wanted.concurrency),
        "EXTRACT__MAX_PARALLEL_ITEMS": str(2 * wanted.concurrency),
    }
    print(json.dumps({"rows": _run(wanted)}))


def _run(wanted: argparse.Namespace) -> int:
    import dlt

    keys: dict[str, Any] = {"write_disposition": "append"}
    if wanted.duckdb:
        key = KEYS["arrow" if wanted.mode == "arrow" else "rest_api"]
        keys = {"write_disposition": {"disposition": "merge", "strategy": "delete-insert"}, "primary_key": key}
    arrow = partial(_arrow, concurrency=wanted.concurrency)
    source = {"rest_api": _rest_api, "parallel": _parallel, "arrow": arrow}[wanted.mode](wanted.url, keys)
    lake = wanted.out / "lake"
    destination = (
        dlt.destinations.duckdb(str(wanted.out / "flights.duckdb"))
        if wanted.duckdb
        else dlt.destinations.filesystem(bucket_url=lake.absolute().as_uri())
    )
    pipeline = dlt.pipeline(
        "flights", destination=destination, dataset_name="raw", pipelines_dir=str(wanted.out / "pipelines")
    )
    pipeline.run(source, loader_file_format="parquet")
    if wanted.duckdb:
        with pipeline.sql_client() as client:
            return int(client.execute_sql("SELECT count(*) FROM flights")[0][0])
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in lake.glob("raw/flights/**/*.parquet"))


def _client(url: str) -> dict[str, Any]:
    key = {"type": "api_key", "name": "access_key", "api_key": "benchmark", "location": "query"}
    return {"base_url": f"{url}/", "auth": key}


def _rest_api(url: str, keys: dict[str, Any]) -> Any:
    from dlt.sources.rest_api import rest_api_source

    paginator = {"type": "offset", "limit": LIMIT, "total_path": "pagination.total"}
    return rest_api_source(
        {
            "client": _client(url) | {"paginator": paginator},
            "resources": [{"name": "flights", **keys, "endpoint": {"path": "flights", "data_selector": "data"}}],
        }
    )


def _total(url: str) -> int:
    from dlt.sources.helpers import requests

    return int(requests.get(f"{url}/flights", params=QUERY | {"offset": 0}).json()["pagination"]["total"])


def _parallel(url: str, keys: dict[str, Any]) -> Any:
    import dlt
    from dlt.sources.rest_api import rest_api_source

    @dlt.resource(name="offsets", selected=False)
    def offsets() -> Any:
        yield [{"offset": offset} for offset in range(0, _total(url), LIMIT)]

    page = {
        "path": "flights",
        "data_selector": "data",
        "paginator": "single_page",
        "params": {"limit": LIMIT, "offset": "{resources.offsets.offset}"},
    }
    flights = {"name": "flights", **keys, "parallelized": True, "endpoint": page}
    return rest_api_source({"client": _client(url), "resources": [offsets(), flights]})


def _arrow(url: str, keys: dict[str, Any], concurrency: int) -> Any:
    import dlt
    from dlt.sources.helpers import requests

    from benchmarks.peers.arrow_pages import table_of

    @dlt.resource(name="blocks", selected=False)
    def blocks() -> Any:
        total = _total(url)
        step = LIMIT * min(BLOCK, ceil(total / LIMIT / concurrency))  # a block to every thread at least
        for start in range(0, total, step):
            yield list(range(start, min(start + step, total), LIMIT))

    @dlt.transformer(data_from=blocks, name="flights", **keys)
    @dlt.defer
    def flights(block: list[int]) -> Any:
        return table_of([requests.get(f"{url}/flights", params=QUERY | {"offset": at}).content for at in block])

    return flights


if __name__ == "__main__":
    main()
