"""The recorded Delta days against the BTS rows of the same flights."""

from __future__ import annotations

from pathlib import Path

import pytest

from aviastack.reconcile.bts import read_bts
from aviastack.reconcile.compare import compare
from aviastack.reconcile.our_flights import our_flights
from aviastack.settings import settings_from
from aviastack.warehouse.open_warehouse import open_warehouse
from tests.dbt.warehouses import Marts

pytestmark = [pytest.mark.slow]


def test_recorded_days_match_bts_and_their_actual_times_are_wheels_off_and_on(
    recorded_marts: Marts, recorded: Path
) -> None:
    sample = recorded.parent / "data" / "bts_sample.csv.gz"
    if not sample.exists():
        pytest.skip("the BTS sample is not here")
    theirs = read_bts(sample)
    with open_warehouse(settings_from(warehouse=f"duckdb:///{recorded_marts.path}")) as warehouse:
        mine = our_flights(warehouse, *theirs.dates)
    delta = next(partner for partner in compare(mine, theirs) if partner.airline == "DL")
    assert delta.matched >= 185
    assert delta.schedule.within_a_minute == 1.0
    assert delta.takeoff.within_a_minute == 1.0
    assert delta.touchdown.within_a_minute is not None
    assert delta.touchdown.within_a_minute > 0.95
    departures = delta.departures
    assert departures.runway < departures.truth - 0.2, "the runway's share is not the gate's"
    low, high = sorted((departures.estimate, departures.estimate_p80))
    assert low - 0.05 <= departures.truth <= high + 0.05
