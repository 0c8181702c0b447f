"""Commands and library calls of one cycle of the soak: in this process, on a separate staging folder and warehouse."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

from aviastack import fetch_flights
from aviastack.cli.main import main
from aviastack.errors import EXIT_BUG, EXIT_INTERRUPTED, AviastackError

KEY = "50aC0ffee50aC0ffee50aC0ffee50aC0"
AIRLINE = "AA"


class Broken(Exception):
    """A command ended in a bug, or showed the key."""


def cycle(api: str, place: Path, day: date) -> Counter[str]:
    """Backfill two dates and work with them in every other way; return what was done, and how commands ended.

    Raises :class:`Broken`, and :class:`KeyboardInterrupt` if a command was interrupted.
    """
    next_day = day + timedelta(days=1)
    flights = ("flights", "--airline-iata", AIRLINE)
    seen = Counter(cycles=1)
    with _variables(api, place):
        seen += _ran("backfill", *flights, "--from", f"{day}", "--to", f"{next_day}")
        seen += _ran("run", *flights, "--date", f"{day}")
        seen += _ran("run", "airlines", "--max-age", "1h")
        seen += _fetched(day)
        seen += _ran("replay", *flights, "--date", f"{next_day}")
        seen += _ran("status", "flights")
        seen += _ran("query", "SELECT count(*) AS flights FROM aviationstack.flights")
        seen += _ran("prune", "--older-than", "1d")
        (place / "not_a_warehouse.duckdb").write_text("not a database")
        seen += _ran("run", *flights, "--date", f"{day}", "--warehouse", f"duckdb:///{place}/not_a_warehouse.duckdb")
    return seen


@contextlib.contextmanager
def _variables(api: str, place: Path) -> Iterator[None]:
    place.mkdir(parents=True)
    variables = {
        "AVIASTACK_BASE_URL": api,
        "AVIASTACK_ACCESS_KEY": KEY,
        "AVIASTACK_PLAN": "basic",
        "AVIASTACK_PACE": "20/s",
        "AVIASTACK_STAGING": str(place / "staging"),
        "AVIASTACK_STATE": str(place / "state"),
        "AVIASTACK_WAREHOUSE": f"duckdb:///{place}/warehouse.duckdb",
    }
    with mock.patch.dict(os.environ, variables):
        yield


def _ran(*words: str) -> Counter[str]:
    """Run a command as the command line does, and count its slices, calls, rows and exit code."""
    out, errors = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["aviastack", *words, "--json"]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(errors),
    ):
        try:
            main()
            code: object = 0
        except SystemExit as ended:
            code = ended.code or 0
    if code == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    text = out.getvalue() + errors.getvalue()
    if code == EXIT_BUG or KEY in text:
        raise Broken(f"aviastack {' '.join(words)}: exit code {code}: {text[-3000:]}")
    seen = Counter({"commands": 1, f"exit code {code}": 1})
    answer = json.loads(out.getvalue())
    if words[0] in ("run", "backfill", "replay"):
        seen["calls"] = answer.get("calls") or 0
        seen["slices"] = len(answer.get("slices") or ())
        seen["rows"] = sum(slice_.get("rows") or 0 for slice_ in answer.get("slices") or ())
    return seen


def _fetched(day: date) -> Counter[str]:
    try:
        rows = fetch_flights(flight_date=f"{day}", airline_iata=AIRLINE)
    except AviastackError as error:
        return Counter({"fetches": 1, type(error).__name__: 1})
    return Counter({"fetches": 1, "rows fetched": len(rows)})
