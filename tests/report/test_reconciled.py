"""What `aviastack reconcile` found is a section of the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from aviastack.reconcile.compare import Agreement, OnTime, Partner
from aviastack.reconcile.result_tables import write_partners
from aviastack.report.html import page_of
from aviastack.report.intervals import Band
from aviastack.report.queries import figures_of
from aviastack.report.reconciled import Checked
from aviastack.settings import Settings
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.statements import Statement

from .conftest import FIRST, LAST


def partner(code: str) -> Partner:
    return Partner(
        airline=code,
        bts_flights=410,
        our_flights=405,
        matched=400,
        missing_here=10,
        missing_in_bts=5,
        schedule=Agreement(400, 1.0, 0.0, 0.0),
        takeoff=Agreement(390, 0.975, -7.04, -7.0),
        touchdown=Agreement(0, None, None, None),
        cancelled_in_bts=8,
        cancellations_missed=3,
        diverted_in_bts=2,
        diversions_missed=1,
        departures=OnTime(400, 0.84, 0.52, 0.81, 0.88),
        arrivals=OnTime(380, 0.99, 0.92, 0.86, 0.83),
        unreported_arrivals=12,
        unreported_on_time=0.25,
    )


@contextmanager
def with_reconciliation(marts: Settings, *codes: str) -> Iterator[None]:
    """Put a reconciliation of these airlines into the warehouse meanwhile."""
    partners = [partner(code) for code in codes]
    with open_warehouse(marts) as warehouse:
        write_partners(warehouse, partners, date(2026, 4, 1), date(2026, 4, 30), "2026-03, 900 taxi times")
    try:
        yield
    finally:
        with open_warehouse(marts) as warehouse:
            warehouse.run(Statement("drop", "DROP TABLE reference.bts_reconciliation"))


def test_a_reconciliation_is_on_the_page_if_there_is_one(marts: Settings) -> None:
    assert figures_of(marts, FIRST, LAST).reconciled == []
    assert 'id="reconciled"' not in page_of(figures_of(marts, FIRST, LAST))
    with with_reconciliation(marts, "AA", "ZZ"):
        figures = figures_of(marts, FIRST, LAST)

    [found] = figures.reconciled
    assert found.departures == Checked(Band(400, 0, 208, 324, 352), 0.84)
    assert (found.departures.is_inside, found.arrivals.is_inside) == (True, False)
    page = page_of(figures)
    section = page[page.index('id="reconciled"') :].partition("</section>")[0]
    for said in (
        "01 Apr 2026 to 30 Apr 2026",
        "<td>84.0%</td>",
        "76.9 to 90.8 %",
        "<td>52.0%</td>",
        "<td>10 (2.4%)</td>",
        "<td>5 (1.2%)</td>",
        "<td>100.0% (+0.0 min)</td>",
        "<td>97.5% (\u22127.0 min)</td>",
        "<td>-</td>",
        "<td>3 of 8</td>",
        "<td>1 of 2</td>",
        "<td>12</td><td>25.0%</td>",
        "2026-03, 900 taxi times): if they come from the same file, this is not an independent check",
    ):
        assert said in section, said
    assert section.count("(outside)") == 1


def test_the_page_names_the_user_s_own_taxi_times(marts: Settings) -> None:
    figures = figures_of(marts, FIRST, LAST)
    assert figures.own_taxi_times is None
    assert "Taxi times are your own" not in page_of(figures)
    with open_warehouse(marts) as warehouse:
        warehouse.run(Statement("own", "UPDATE marts.data_freshness SET own_taxi_times = '2026-03, 900 taxi times'"))
    try:
        page = page_of(figures_of(marts, FIRST, LAST))
    finally:
        with open_warehouse(marts) as warehouse:
            warehouse.run(Statement("own", "UPDATE marts.data_freshness SET own_taxi_times = NULL"))
    assert "Taxi times are your own where you have\n      them (2026-03, 900 taxi times)." in page
