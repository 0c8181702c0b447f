"""Lists that move while they are paged, in-process and over HTTP."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.simulator import MovingList
from aviastack.simulator.lists import DRIFTS
from aviastack.simulator.moving_list import flight

from .conftest import TODAY, Client, simulated

SEEDS = st.integers(0, 10_000)


def walked(moving: MovingList, limit: int = 100) -> list[tuple[list[int], int]]:
    pages = []
    offset, total = 0, 1
    while offset < total:
        rows, total = moving.page(offset, limit)
        pages.append((rows, total))
        offset += limit
    return pages


@given(SEEDS)
def test_a_list_moves_by_its_seed_alone(seed: int) -> None:
    assert walked(MovingList(seed, 1_000)) == walked(MovingList(seed, 1_000))


@given(SEEDS, st.sampled_from([DRIFTS["single"], DRIFTS["bulk"], {"collapse": 0.2}]))
def test_survivors_are_the_rows_that_were_on_the_list_at_every_page(seed: int, churn: dict[str, float]) -> None:
    moving, throughout = MovingList(seed, 300, **churn), set(range(300))
    for _ in range(12):
        rows, total = moving.page(0, 10_000)
        assert len(rows) == total
        throughout &= set(rows)
    assert moving.survivors() == throughout


@given(SEEDS)
def test_rows_that_stay_keep_their_order_unless_they_are_made_to_change_places(seed: int) -> None:
    moving = MovingList(seed, 500, **DRIFTS["bulk"])
    first = moving.page(0, 10_000)[0]
    for _ in range(30):
        last = moving.page(0, 10_000)[0]
    stayed = set(first) & set(last)
    assert [row for row in first if row in stayed] == [row for row in last if row in stayed]
    assert not moving.reordered


def test_a_list_says_when_rows_have_changed_places() -> None:
    reordered = []
    for seed in range(200):
        moving = MovingList(seed, 500, singles=0, bulk=0, reorder=0.05)
        rows = [moving.page(0, 10_000)[0] for _ in range(10)]
        reordered.append(moving.reordered)
        assert moving.reordered == any(page != rows[0] for page in rows)
    assert 40 < sum(reordered) < 120


@given(SEEDS, st.integers(100, 130))
def test_no_row_appears_beyond_the_supply(seed: int, supply: int) -> None:
    moving = MovingList(seed, 100, supply=supply, **DRIFTS["bulk"])
    seen = {row for _ in range(40) for row in moving.page(0, 10_000)[0]}
    assert seen <= set(range(supply))


def test_single_rows_and_shifts_in_bulk_happen_as_often_as_told() -> None:
    moving = MovingList(1, 5_000, singles=4, bulk=0)
    totals = [moving.page(0, 1)[1] for _ in range(500)]
    steps = [abs(one - other) for one, other in pairwise(totals)]
    assert max(steps) <= 9
    assert sum(step > 0 for step in steps) > 250
    still = MovingList(1, 5_000, singles=0, bulk=0.2)
    jumps = [abs(one - other) for one, other in pairwise([still.page(0, 1)[1] for _ in range(500)])]
    assert all(jump == 0 or 5 <= jump <= 40 for jump in jumps)
    assert 60 < sum(map(bool, jumps)) < 140


def test_five_hundred_lists_of_fifty_pages_are_soon_walked() -> None:
    assert sum(len(walked(MovingList(seed, 5_000))) for seed in range(500)) > 24_000


def test_a_body_is_a_page_of_flights_that_differ() -> None:
    body = json.loads(MovingList(1, 3_000).body(100, 50))
    assert body["pagination"] == {"limit": 50, "offset": 100, "count": 50, "total": 3_000}
    assert [row["flight"]["number"] for row in body["data"]] == [str(number) for number in range(101, 151)]
    assert len({flight(row) for row in range(50_000)}) == 50_000


def name(row: dict[str, Any]) -> tuple[Any, ...]:
    flight = row["flight"]
    return (
        row["flight_date"],
        flight["icao"],
        flight["number"],
        row["departure"]["iata"],
        row["departure"]["scheduled"],
    )


def totals(api: Client, **query: Any) -> list[int]:
    return [api.get("flights", limit=1, **query).pagination["total"] for _ in range(10)]


def test_the_server_moves_what_is_not_settled_and_nothing_else() -> None:
    with simulated(drift="single") as api:
        assert len(set(totals(api))) > 3
        assert len(set(totals(api, flight_date=TODAY))) > 3
        assert len(set(totals(api, flight_date="2026-11-18"))) == 1
        assert len({api.get("airports").pagination["total"] for _ in range(5)}) == 1


def test_the_server_knows_the_rows_that_were_there_throughout() -> None:
    with simulated(drift="bulk") as api:
        throughout = {name(row) for row in api.get("flights", limit=1000, airline_iata="AA").rows}
        for _ in range(10):
            throughout &= {name(row) for row in api.get("flights", limit=1000, airline_iata="AA").rows}
        survivors = {name(row) for row in api.fetch("/_sim/survivors/flights?airline_iata=AA").rows}
        assert survivors == throughout
        api.control("reset")
        assert len(api.fetch("/_sim/survivors/flights?airline_iata=AA").rows) > len(survivors)


def test_a_drift_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="Valid drifts: single, bulk, reorder"), simulated(drift="wild"):
        pass
