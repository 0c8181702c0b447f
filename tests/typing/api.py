"""A user's script, for mypy alone: what is right passes, and what is wrong fails (an unused ignore is an error)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import polars as pl

from aviastack import AviationStack, BadRequest, Manifest, Rows, fetch_flights


def in_a_script() -> None:
    rows: list[dict[str, Any]] = fetch_flights(flight_date="2026-11-21", airline_iata="AA")
    fetch_flights(flight_date=date(2026, 11, 21), fields="all", operating_only=True, max_age=timedelta(hours=1))
    fetch_flights(dep_iata="SFO", fields=("flight_iata",), pace="5/s", max_calls=10, progress=True)
    api = AviationStack(plan="basic", concurrency=4, progress=True)
    airports: pl.DataFrame = api.airports(country_iso2="US").fetch_polars()
    types: pd.DataFrame = api.aircraft_types(max_age=None).fetch_pandas()
    board: Rows = api.timetable(iataCode="JFK", type="departure")
    print(rows, airports, types, board.fetch())


async def in_a_coroutine() -> Manifest | None:
    async with AviationStack() as api:
        rows = api.flights(flight_date="2026-11-21", flight_status="landed", flight_number=100)
        async for batch in rows:
            print(batch.num_rows)
        frame: pl.DataFrame = await api.flights_future(date="2026-12-21", iataCode="JFK", type="arrival").to_polars()
        print(frame)
        try:
            await api.routes(flight_number="100").to_arrow()
        except BadRequest as error:
            print(error.remedy)
        return rows.manifest


def wrong(api: AviationStack) -> None:
    api.flihgts(flight_date="2026-11-21")  # type: ignore[attr-defined]
    api.flights(flite_date="2026-11-21")  # type: ignore[arg-type]
    api.flights(flight_date=20261121)  # type: ignore[arg-type]
    api.flights(flight_status="late")  # type: ignore[arg-type]
    api.timetable(type="departure")  # type: ignore[call-arg]
    api.airports(country_iso2=1)  # type: ignore[arg-type]
    fetch_flights(flite_date="2026-11-21")  # type: ignore[call-arg]
    fetch_flights(flight_date="2026-11-21", max_calls="ten")  # type: ignore[arg-type]
    AviationStack(acces_key="x")  # type: ignore[call-arg]
