from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import pytest

from aviastack import AviationStack, BadRequest, BudgetExhausted, fetch_flights
from aviastack.client import FIVE_FIELDS

SETTLED = (datetime.now(UTC).date() - timedelta(days=4)).isoformat()
KEY = "00112233445566778899aabbccddeeff"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", KEY)
    monkeypatch.setenv("AVIASTACK_PACE", "off")


def test_fetch_flights_gives_the_five_fields(simulated, here) -> None:
    with simulated(flights_per_day=3_000):
        rows = fetch_flights(flight_date=SETTLED, airline_iata="DL")
    assert rows
    assert all(tuple(row) == FIVE_FIELDS for row in rows)
    assert {row["flight_date"] for row in rows} == {date.fromisoformat(SETTLED)}


def test_fetch_flights_gives_every_column_when_asked(simulated, here) -> None:
    with simulated(flights_per_day=3_000):
        rows = fetch_flights(flight_date=SETTLED, airline_iata="DL", fields="all")
    assert {"flight_key", "departure_scheduled_utc", "_extracted_at", "_unmapped"} <= set(rows[0])


async def test_fetch_flights_works_where_a_loop_is_running(simulated, here) -> None:
    with simulated(flights_per_day=3_000):
        assert fetch_flights(flight_date=SETTLED, airline_iata="DL")


def test_asking_again_answers_from_the_journal(simulated, here) -> None:
    with simulated(flights_per_day=3_000) as api:
        first = fetch_flights(flight_date=SETTLED)
        asked = api.asked()
        assert fetch_flights(flight_date=SETTLED) == first
        assert api.asked() == asked
        fetch_flights(flight_date=SETTLED, max_age=None)
        assert api.asked() == 2 * asked


async def test_settled_rows_come_while_pages_are_on_their_way(simulated, here) -> None:
    with simulated(flights_per_day=60_000, latency=0.05) as api:
        async with AviationStack(concurrency=2) as stack:
            rows = stack.flights(flight_date=SETTLED)
            asked, count = 0, 0
            async for batch in rows:
                asked = asked or api.asked()
                count += batch.num_rows
        assert asked < api.asked(), "the first batch came only when every page was there"
    assert rows.manifest is not None
    assert count == rows.manifest.rows == rows.manifest.total


async def test_leaving_the_loop_early_stops_asking_and_keeps_the_pages(simulated, here) -> None:
    with simulated(flights_per_day=60_000, latency=0.05) as api:
        async with AviationStack(concurrency=2) as stack:
            stream = aiter(stack.flights(flight_date=SETTLED))
            await anext(stream)
            await stream.aclose()
        asked = api.asked()
        assert asked < 60
        async with AviationStack() as stack:
            rows = stack.flights(flight_date=SETTLED)
            table = await rows.to_arrow()
        assert api.asked() <= -(-table.num_rows // 1000) + 4


async def test_frames_are_the_same_rows(simulated, here) -> None:
    with simulated(flights_per_day=2_000):
        async with AviationStack() as stack:
            query = stack.flights(flight_date=SETTLED, airline_iata="DL")
            arrow, polars, pandas = await query.to_arrow(), await query.to_polars(), await query.to_pandas()
    assert arrow.num_rows == polars.height == len(pandas) > 0
    assert arrow.column_names == polars.columns == list(pandas.columns)


async def test_every_endpoint_is_a_method(simulated, here) -> None:
    with simulated(flights_per_day=2_000):
        async with AviationStack() as stack:
            countries = await stack.countries().to_arrow()
            board = await stack.timetable(iataCode="JFK", type="departure").to_arrow()
    assert countries.num_rows > 100
    assert "timetable_key" in board.column_names
    with pytest.raises(AttributeError, match="no endpoint 'trains'"):
        _ = stack.trains


async def test_a_query_over_the_budget_stops_after_page_0(simulated, here) -> None:
    with simulated(flights_per_day=9_500) as api:
        async with AviationStack(max_calls=3) as stack:
            with pytest.raises(BudgetExhausted, match="would cost 9 more calls"):
                await stack.flights(flight_date=SETTLED).to_arrow()
        assert api.asked() == 1


def test_a_wrong_query_is_refused_before_a_session_opens(here) -> None:
    with pytest.raises(BadRequest, match="'airline' is not a parameter of flights"):
        fetch_flights(airline="AA")


def test_an_incomplete_answer_is_given_with_a_warning(simulated, here, caplog: pytest.LogCaptureFixture) -> None:
    with simulated(flights_per_day=2_000), caplog.at_level(logging.WARNING):
        assert fetch_flights(flight_date=SETTLED, airline_iata="ZZ") == []
    assert "incomplete" in caplog.text
