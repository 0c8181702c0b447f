"""The usual DAG task: a loop of requests into a list, ``pandas.json_normalize``, one Parquet file.

python -m benchmarks.peers.requests_pandas URL OUT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import requests

LIMIT = 100


def main(url: str, out: Path) -> None:
    session, flights, offset = requests.Session(), [], 0
    while True:
        query = {"access_key": "benchmark", "limit": LIMIT, "offset": offset}
        answer = session.get(f"{url}/flights", params=query, timeout=30)
        answer.raise_for_status()
        page = answer.json()
        flights.extend(page["data"])
        offset += LIMIT
        if offset >= page["pagination"]["total"]:
            break
    frame = pd.json_normalize(flights, sep="_")
    out.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(out / "flights.parquet", index=False)
    print(json.dumps({"rows": len(frame)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
