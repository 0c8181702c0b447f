"""A reconciliation names biases, losses and misses that were planted, and nothing that was not."""

from __future__ import annotations

import polars as pl
import pytest

from aviastack.reconcile.bts import BtsFlights
from aviastack.reconcile.compare import compare
from tests.support.bts_flights import DAYS, bts, ours


def test_two_that_agree_agree_in_everything() -> None:
    theirs = bts()
    [partner] = compare(ours(theirs), theirs)
    assert partner.airline == "DL"
    assert partner.matched == partner.bts_flights == partner.our_flights == 6_000
    assert (partner.missing_here, partner.missing_in_bts) == (0, 0)
    for times in (partner.schedule, partner.takeoff, partner.touchdown):
        assert (times.within_a_minute, times.mean_difference) == (1.0, 0.0)
    truth = partner.departures.truth
    assert partner.departures.estimate is not None
    assert partner.departures.estimate_p80 is not None
    assert partner.departures.estimate <= truth <= partner.departures.estimate_p80


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_bias_and_lost_flights_are_named_within_half_a_point(seed: int) -> None:
    theirs = bts(seed=seed)
    kept = ours(theirs, bias=7).sample(fraction=0.98, seed=seed)
    [partner] = compare(kept, theirs)
    assert partner.takeoff.mean_difference == pytest.approx(7, abs=0.5)
    assert partner.touchdown.mean_difference == pytest.approx(7, abs=0.5)
    assert 100 * partner.missing_here / partner.bts_flights == pytest.approx(2, abs=0.5)
    assert partner.schedule.within_a_minute == 1.0


def test_cancellations_diversions_and_unreported_arrivals_are_counted() -> None:
    theirs = bts(100)
    place = pl.int_range(pl.len())
    theirs = BtsFlights(
        theirs.rows.with_columns(
            cancelled=place < 10,
            diverted=place.is_between(10, 14),
            departure_delay=pl.when(place >= 10).then("departure_delay"),
            arrival_delay=pl.when(place >= 15).then("arrival_delay"),
        ),
        by_marketing=True,
    )
    mine = ours(theirs).with_columns(
        outcome=pl.when(place < 4)
        .then(pl.lit("cancelled"))
        .when(place == 10)
        .then(pl.lit("diverted"))
        .otherwise("outcome"),
        touchdown=pl.when(place < 80).then("touchdown"),
    )
    [partner] = compare(mine, theirs)
    assert (partner.cancelled_in_bts, partner.cancellations_missed) == (10, 6)
    assert (partner.diverted_in_bts, partner.diversions_missed) == (5, 4)
    assert partner.unreported_arrivals == 20
    assert partner.unreported_on_time == (theirs.rows["arrival_delay"][80:] < 15).mean()


def test_dates_and_airports_that_one_side_lacks_are_not_compared() -> None:
    theirs = bts(200)
    mine = ours(theirs).filter(pl.col("date") == DAYS[0])
    abroad = mine.head(5).with_columns(destination=pl.lit("CDG"))
    [partner] = compare(pl.concat([mine, abroad]), theirs)
    assert partner.bts_flights == partner.our_flights == partner.matched == 100


def test_a_regional_operator_is_matched_under_its_partner_s_number_in_a_reporting_file() -> None:
    regional = bts(50, carrier="9E")
    theirs = BtsFlights(regional.rows, by_marketing=False)
    [partner] = compare(ours(theirs), theirs)
    assert partner.matched == 50
    assert compare(ours(theirs, carrier="AA").with_columns(number=pl.lit("9999")), theirs) == []


def test_a_second_flight_of_one_number_and_route_meets_the_second_one() -> None:
    theirs = bts(2)
    both = theirs.rows.with_columns(
        date=pl.lit(DAYS[0]), number=pl.lit("7"), origin=pl.lit("ATL"), destination=pl.lit("JFK")
    )
    theirs = BtsFlights(both.with_columns(scheduled_departure=pl.Series([1_200, 400])), by_marketing=True)
    [partner] = compare(ours(theirs).reverse(), theirs)
    assert partner.matched == 2
    assert partner.schedule.within_a_minute == 1.0
