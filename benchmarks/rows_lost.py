"""Which rows of a list that moved came twice or never, by the flight numbers that the server gave them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.server import FIRST

NUMBERS = ("flight_number", "flight__number")
OTHERS = {"partial", "quarantine", "pipelines"}  # the last has dlt's own copies of what it loaded


def rows_lost(folder: Path, rows: int) -> dict[str, int]:
    """Return ``lost`` and ``doubled`` among the ``rows`` flights that were in the list from first to last."""
    files = [str(path) for path in folder.rglob("*.parquet") if not OTHERS & set(path.parts)]
    staged = files or [str(path) for path in folder.rglob("*.parquet")]
    if not staged:
        return {"lost": rows, "doubled": 0}
    with duckdb.connect() as connection:
        relation = "read_parquet(?, union_by_name = true)"
        columns = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}", [staged]).fetchall()}
        number = f"TRY_CAST({next(name for name in NUMBERS if name in columns)} AS BIGINT)"
        counted = f"SELECT count(*), count(DISTINCT {number}) FROM {relation} WHERE {number} BETWEEN ? AND ?"
        came, distinct = connection.execute(counted, [staged, FIRST, FIRST + rows - 1]).fetchall()[0]
    return {"lost": rows - distinct, "doubled": came - distinct}
