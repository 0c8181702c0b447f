from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.errors import BadRequest
from aviastack.report import write_report
from aviastack.report.charts import charts_of, left_out
from aviastack.report.figures import Airline, Figures, together
from aviastack.report.findings import comparison_of, findings
from aviastack.report.intervals import Share
from aviastack.report.page import page_of
from aviastack.report.queries import figures_of
from aviastack.settings import Settings

from .conftest import FIRST, LAST, chromium

INK = {"light": "rgb(22, 32, 43)", "dark": "rgb(232, 237, 242)"}


@given(st.integers(0, 5_000), st.integers(1, 5_000))
def test_an_interval_holds_its_share_and_stays_a_share(hits: int, count: int) -> None:
    share = Share.of(min(hits, count), count)
    assert share.low is not None
    assert share.value is not None
    assert share.high is not None
    assert 0 <= share.low <= share.value <= share.high <= 1


def test_an_interval_is_wilsons() -> None:
    share = Share.of(8, 10)  # 0.490 to 0.943, as any table of Wilson's intervals has it
    assert (round(share.low or 0, 3), round(share.high or 0, 3)) == (0.49, 0.943)
    assert Share.of(0, 0).value is None


def test_the_figures_are_the_marts(marts: Settings) -> None:
    figures = figures_of(marts, FIRST, LAST)
    path = marts.warehouse.removeprefix("duckdb:///")
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute(
            "select airline_name, sum(flights), sum(timed_arrivals), sum(gate_on_time_arrivals), sum(cancelled_flights)"
            " from marts.airline_daily_performance where airline_key in ('AAL', 'BAW', 'QFA')"
            " and flight_date between ? and ? group by all",
            [FIRST, LAST],
        ).fetchall()
    told = {(a.name, a.flights, a.on_time.count, a.on_time.hits, a.cancelled.hits) for a in figures.airlines}
    assert told == {tuple(row) for row in rows}
    assert len(told) == 3


def test_partners_that_were_asked_for_are_on_the_page_and_others_are_counted(marts: Settings) -> None:
    figures = figures_of(marts, FIRST, LAST)
    assert {airline.code for airline in figures.airlines} == {"AA", "BA", "QF"}
    assert figures.others
    assert [airline.code for airline in figures_of(marts, FIRST, LAST, ["ba"]).airlines] == ["BA"]


def test_every_chart_has_words_and_a_table(marts: Settings) -> None:
    charts = charts_of(figures_of(marts, FIRST, LAST))
    assert {chart.id for chart in charts} == {
        *("punctuality", "trend", "delays", "routes", "cancellations", "hours", "map", "completeness")
    }
    for chart in charts:
        assert chart.alternative
        assert chart.rows
        assert all(len(row) == len(chart.headings) for row in chart.rows)


def test_one_day_of_one_airline_leaves_out_what_it_can_not_show(marts: Settings) -> None:
    charts = charts_of(figures_of(marts, LAST, LAST, ["QF"]))
    assert "trend" not in {chart.id for chart in charts}
    assert "punctuality" in {chart.id for chart in charts}
    why = left_out(figures_of(marts, LAST, LAST, ["QF"]))
    assert any(said.startswith("Trend: only one of the dates") for said in why)
    assert len(why) + len(charts) == 8


def slipping(days: int, fallen: int) -> Figures:
    """One airline of 1,000 timed arrivals a day: 800 on time, and `fallen` fewer in the second half of the days."""
    one = {"key": "AAL", "name": "American", "code": "AA", "flights": 1_000 * days, "pending": 0}
    shares = {name: Share.of(0, 1_000 * days) for name in ("cancelled", "diverted", "unresolved")}
    by_day = [Share.of(800 - fallen * (day >= days // 2), 1_000) for day in range(days)]
    airline = Airline(**one, **shares, on_time=together(by_day), mean_delay=9, median_delay=4, p90_delay=40)
    dated = [("American", FIRST + timedelta(days=day), share) for day, share in enumerate(by_day)]
    nothing: dict = {name: [] for name in ("others", "delays", "routes", "airports", "completeness")}
    return Figures(FIRST, dated[-1][1], [airline], days=dated, as_of=None, loaded_at=None, built_at=None, **nothing)


def test_who_slipped_by_more_than_chance_is_said_first() -> None:
    told = " ".join(findings(slipping(20, fallen=200)))
    assert "Slipped by more than chance in the last 7 days, held against the 7 days before: American" in told
    assert "No airline slipped" in " ".join(findings(slipping(20, fallen=1)))
    compared = comparison_of(slipping(4, fallen=200))
    assert compared is not None
    assert (compared.days, compared.changes["American"].points) == (2, pytest.approx(-20.0))
    assert comparison_of(slipping(1, fallen=0)) is None


def test_a_page_with_hardly_anything_says_what_it_can_not_show() -> None:
    page = page_of(slipping(1, fallen=0))
    assert "Completeness unknown." in page
    assert "Map: fewer than two airports" in page
    assert "Worst routes: no route has 10 arrivals" in page


def test_dates_without_flights_are_told_with_the_dates_that_there_are(marts: Settings) -> None:
    with pytest.raises(BadRequest, match=f"no flights from 2001-01-01 to 2001-01-02. They have {FIRST} to {LAST}"):
        write_report(marts, date(2001, 1, 1), date(2001, 1, 2), Path("report.html"))
    assert not Path("report.html").exists()


def test_an_unknown_airline_is_told_with_those_that_flew(marts: Settings) -> None:
    with pytest.raises(BadRequest, match=r"No airline 'ZZ' flew in these dates. It is one of: .*AA"):
        write_report(marts, FIRST, LAST, Path("report.html"), airlines=["ZZ"])


def test_a_range_turned_round_is_refused(marts: Settings) -> None:
    with pytest.raises(BadRequest, match="Turn them round"):
        write_report(marts, LAST, FIRST - timedelta(days=1), Path("report.html"))


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (360, "light")])
async def test_the_page_is_drawn_whole_with_the_network_off(
    marts: Settings, tmp_path: Path, width: int, scheme: str
) -> None:
    page_file = write_report(marts, FIRST, LAST, tmp_path / "report.html")
    async with chromium(tmp_path / "profile") as page:
        await page.opens(page_file.as_uri(), width=width, scheme=scheme)
        sizes = json.loads(
            await page.says(
                "JSON.stringify([...document.querySelectorAll('.chart')].map(e => "
                "[e.id, e.querySelector('svg')?.clientWidth, e.querySelector('svg')?.clientHeight]))"
            )
        )
        assert len(sizes) == 8
        assert all(drawn_width and drawn_height for _, drawn_width, drawn_height in sizes), sizes
        assert await page.says("document.documentElement.scrollWidth <= window.innerWidth")
        assert await page.says("[...document.querySelectorAll('[role=img]')].every(e => e.ariaLabel)")
        background = await page.says("getComputedStyle(document.body).backgroundColor")
        assert background == {"light": "rgb(243, 245, 247)", "dark": "rgb(17, 22, 28)"}[scheme]
        assert await page.says("getComputedStyle(document.querySelector('.chart svg text')).fill") == INK[scheme]
        await page.call("Emulation.setEmulatedMedia", media="print")
        assert await page.says("getComputedStyle(document.querySelector('.chart svg text')).fill") == "rgb(0, 0, 0)"
        assert page.errors == []
        assert all(address.startswith(("file:", "data:")) for address in page.asked)
