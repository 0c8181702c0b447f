from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.errors import BadRequest
from aviastack.report import write_report
from aviastack.report.charts import CHARTS, charts_of
from aviastack.report.figures import Airline, Figures, Late
from aviastack.report.findings import comparison_of, findings
from aviastack.report.html import page_of
from aviastack.report.intervals import Band, Share, all_of
from aviastack.report.queries import figures_of, routes_of
from aviastack.settings import Settings

from .conftest import FIRST, LAST, Page

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


def test_a_band_reaches_from_the_lower_to_the_higher_estimate_and_is_widened_by_chance() -> None:
    """Departures: the median gives the lower share; arrivals: the higher."""
    for band in (Band(1_000, 0, 500, 800, 850), Band(1_000, 0, 900, 850, 800)):
        assert band.estimates == (0.8, 0.85)
        assert (round(band.low or 0, 3), round(band.high or 0, 3)) == (0.774, 0.871)
    assert Band(0, 0, 0, 0, 0).estimates is None


def test_bands_are_compared_only_with_enough_flights_and_taxi_figures() -> None:
    high, low = Band(1_000, 0, 0, 950, 940), Band(1_000, 0, 0, 700, 690)
    assert high.is_above(low)
    assert not low.is_above(high)
    assert not Band(29, 0, 0, 29, 29).is_above(low)
    assert not Band(1_000, 201, 0, 950, 940).is_above(low)
    assert not Band(1_000, 0, 0, 700, 690).is_above(Band(1_000, 0, 0, 690, 680))


def test_the_figures_are_the_marts(marts: Settings) -> None:
    figures = figures_of(marts, FIRST, LAST)
    path = marts.warehouse.removeprefix("duckdb:///")
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute(
            """
            select airline_name, sum(flights), sum(timed_arrivals), sum(assumed_arrivals),
                sum(touchdown_on_time_arrivals), sum(gate_on_time_arrivals), sum(gate_on_time_arrivals_p80),
                sum(timed_departures), sum(takeoff_on_time_departures), sum(gate_on_time_departures),
                sum(gate_on_time_departures_p80), sum(departures_over_60_minutes), sum(arrivals_over_180_minutes),
                sum(cancelled_flights), sum(unresolved_left_late_flights)
            from marts.airline_daily_performance
            where airline_key in ('AAL', 'BAW', 'QFA') and not is_other_operator and flight_date between ? and ?
            group by all
            """,
            [FIRST, LAST],
        ).fetchall()
    read = {
        (
            *(a.name, a.flights, a.arrivals.timed, a.arrivals.assumed),
            *(a.arrivals.runway, a.arrivals.median, a.arrivals.p80),
            *(a.departures.timed, a.departures.runway, a.departures.median, a.departures.p80),
            *(a.late_departures.over_60, a.late_arrivals.over_180, a.cancelled, a.left_late),
        )
        for a in figures.airlines
    }
    assert read == {tuple(row) for row in rows}
    assert len(read) == 3
    by_day = {name: all_of(band for day_name, _, band in figures.days if day_name == name) for name, *_ in read}
    assert by_day == {airline.name: airline.arrivals for airline in figures.airlines}


def test_simulated_flights_are_called_simulated(marts: Settings) -> None:
    figures = figures_of(marts, FIRST, LAST)
    assert figures.source == "simulated"
    assert "<title>Simulated data: " in page_of(figures)
    assert page_of(replace(figures, source="api.aviationstack.com")).count("imulated data") == 0


def test_airports_with_assumed_taxi_times_are_in_no_order(marts: Settings) -> None:
    figures = figures_of(marts, FIRST, LAST)
    with duckdb.connect(marts.warehouse.removeprefix("duckdb:///"), read_only=True) as connection:
        assumed = "select distinct departure_airport_key from marts.fct_flights where departure_gate_times = 'assumed'"
        without = {code for (code,) in connection.execute(assumed).fetchall()}
    assert {"LHR", "SYD"} <= without
    assert not without & {airport.code for airport in figures.airports}
    assert {"JFK", "DFW"} <= {airport.code for airport in figures.airports}
    british = next(airline for airline in figures.airlines if airline.code == "BA")
    assert not british.arrivals.is_comparable


def test_airlines_with_equal_shares_are_in_no_order() -> None:
    tied = figures_with([airline(name, Band(5_000, 0, 0, 4_000, 3_990)) for name in ("Last", "First")])
    assert findings(tied)[0] == "No order can be given: the bands of First and Last overlap."


def test_requested_partners_are_on_the_page_and_others_are_counted(marts: Settings) -> None:
    figures = figures_of(marts, FIRST, LAST)
    assert {airline.code for airline in figures.airlines} == {"AA", "BA", "QF"}
    assert figures.others
    assert [airline.code for airline in figures_of(marts, FIRST, LAST, ["ba"]).airlines] == ["BA"]


def test_every_chart_has_words_and_a_table(marts: Settings) -> None:
    charts, missing = charts_of(figures_of(marts, FIRST, LAST))
    assert [said.split(":")[0] for said in missing] == ["Routes"]  # four days are too few for 30 flights on a route
    assert {chart.id for chart in charts} == {draw.__name__ for draw in CHARTS} - {"routes"}
    for chart in charts:
        assert chart.alternative
        assert chart.rows
        assert all(len(row) == len(chart.headings) for row in chart.rows)


def test_routes_are_ordered_by_late_arrivals_above_their_airlines_average() -> None:
    own = airline("American", Band(1_000, 0, 0, 800, 790))
    rows = [
        ("American", "JFK", "LAX", 200, 200, 0, 0, 100, 98, 3),
        ("American", "JFK", "SFO", 31, 31, 0, 0, 20, 20, 0),
        ("American", "JFK", "BOS", 30, 29, 0, 0, 0, 0, 0),
        ("American", "JFK", "LHR", 90, 90, 90, 0, 10, 10, 0),
        ("Other", "JFK", "MIA", 90, 90, 0, 0, 10, 10, 0),
    ]
    routes = routes_of(rows, {"American": own})
    assert [(r.arrival, round(r.excess, 1), r.is_below_average) for r in routes] == [
        ("LAX", 60.0, True),  # 100 late, and 20 % of 200 expected
        ("SFO", 4.8, False),
    ]
    drawn = next(c for c in charts_of(replace(figures_with([own]), routes=routes))[0] if c.id == "routes")
    assert "Clearly below, by more than the estimate and chance explain: 1 of 2" in drawn.about


def test_one_day_of_one_airline_leaves_out_what_it_can_not_show(marts: Settings) -> None:
    charts, missing = charts_of(figures_of(marts, LAST, LAST, ["QF"]))
    assert "trend" not in {chart.id for chart in charts}
    assert "punctuality" in {chart.id for chart in charts}
    assert any(said.startswith("Trend: only one of the dates") for said in missing)
    assert len(missing) + len(charts) == len(CHARTS)


def airline(name: str, arrivals: Band, *, flights: int = 1_000, unresolved: int = 0, cancelled: int = 0) -> Airline:
    return Airline(
        key=name,
        name=name,
        code=name[:2],
        flights=flights,
        arrivals=arrivals,
        departures=arrivals,
        mean_late=9.0,
        late_arrivals=Late(2, 1),
        late_departures=Late(20, 3),
        cancelled=cancelled,
        diverted=0,
        unresolved=unresolved,
        left_late=unresolved // 2,
        pending=0,
    )


def figures_with(airlines: list[Airline], days: list[tuple[str, date, Band]] | None = None) -> Figures:
    nothing: dict = {name: [] for name in ("others", "delays", "routes", "airports", "completeness")}
    return Figures(FIRST, LAST, airlines, days=days or [], as_of=None, loaded_at=None, built_at=None, **nothing)


def slipping(days: int, fallen: int) -> Figures:
    """One airline of 1,000 timed arrivals a day: 800 on time, and `fallen` fewer in the second half of the days."""
    on_time = [800 - fallen * (day >= days // 2) for day in range(days)]
    by_day = [Band(1_000, 0, hits, hits, hits - 20) for hits in on_time]
    dated = [("American", FIRST + timedelta(days=day), band) for day, band in enumerate(by_day)]
    return figures_with([airline("American", all_of(by_day), flights=1_000 * days)], dated)


def test_who_slipped_by_more_than_chance_is_said() -> None:
    said = " ".join(findings(slipping(20, fallen=200)))
    assert "Slipped by more than chance in the last 7 days, compared with the 7 days before: American" in said
    assert "No airline slipped" in " ".join(findings(slipping(20, fallen=1)))
    compared = comparison_of(slipping(4, fallen=200))
    assert compared is not None
    assert (compared.days, compared.changes["American"].points) == (2, pytest.approx(-20.0))
    assert comparison_of(slipping(1, fallen=0)) is None


def test_no_order_is_given_between_bands_that_overlap() -> None:
    near = figures_with([airline("Near", Band(500, 0, 0, 450, 440)), airline("Far", Band(500, 0, 0, 440, 430))])
    assert "No order can be given" in findings(near)[0]
    third = figures_with([*near.airlines, airline("Few", Band(3, 0, 0, 0, 0))])
    assert findings(third)[0].startswith("No order can be given: the bands of Near and Far overlap. Few: too few")
    few = figures_with([airline("Few", Band(3, 0, 3, 3, 3)), airline("Far", Band(500, 0, 0, 300, 290))])
    assert "No order can be given" in findings(few)[0]
    apart = [airline(name, Band(500, 0, 0, hits, hits - 5)) for name, hits in (("A", 480), ("B", 475), ("C", 300))]
    said = findings(figures_with(apart))[0]
    assert said.startswith("Ahead in arrivals on time at the gate: A and B (")
    assert "Behind: C (" in said


def test_the_dot_rule_has_bounds_for_what_the_source_does_not_know() -> None:
    """90 of 100 on time, 10 cancelled and 20 unresolved, of which 10 left late: 85 / 130 to 90 / 120."""
    known = airline("A", Band(100, 0, 95, 90, 85), flights=130, unresolved=20, cancelled=10)
    assert known.scheduled == (85 / 130, 90 / 120)


def test_a_page_never_says_complete_if_flights_have_no_known_end() -> None:
    page = page_of(figures_with([airline("A", Band(500, 0, 0, 450, 440), unresolved=180)]))
    assert "18.0% of the" in page
    assert "have no known end" in page
    assert "loaded and final" not in page


def test_a_page_says_what_is_measured_and_what_is_estimated(marts: Settings) -> None:
    page = page_of(figures_of(marts, FIRST, LAST))
    assert "Measured: the runway. Estimated: the gate." in page
    assert "less than 15 min late" in page.replace("\n", " ")


def test_simulated_data_say_so_in_the_title_a_banner_and_at_each_chart() -> None:
    figures = slipping(4, fallen=0)
    plain = page_of(replace(figures, source="api.aviationstack.com"))
    assert "imulated" not in plain.replace("simulated or recorded", "")
    page = page_of(replace(figures, source="simulated"))
    assert "<title>Simulated data: Airline performance" in page
    assert page.count("Simulated data: these airlines") == 1 + len(charts_of(figures)[0])
    assert "Data from example.org, not from api.aviationstack.com" in page_of(replace(figures, source="example.org"))


def test_a_page_with_hardly_anything_says_what_it_can_not_show() -> None:
    page = page_of(slipping(1, fallen=0))
    assert "Coverage unknown." in page
    assert "Airports: none with taxi figures has 30 timed departures" in page
    assert "Routes: none" in page


def test_dates_without_flights_are_refused_with_the_dates_that_there_are(marts: Settings) -> None:
    with pytest.raises(BadRequest, match=f"no flights from 2001-01-01 to 2001-01-02. They have {FIRST} to {LAST}"):
        write_report(marts, date(2001, 1, 1), date(2001, 1, 2), Path("report.html"))
    assert not Path("report.html").exists()


def test_an_unknown_airline_is_refused_with_those_that_flew(marts: Settings) -> None:
    with pytest.raises(BadRequest, match=r"No airline 'ZZ' flew in these dates. Valid airlines: .*AA"):
        write_report(marts, FIRST, LAST, Path("report.html"), airlines=["ZZ"])


def test_swapped_dates_are_refused_by_the_names_of_the_arguments(marts: Settings) -> None:
    with pytest.raises(BadRequest, match=r"first \(.*\) is after last \(.*\)\. Swap first and last"):
        write_report(marts, LAST, FIRST - timedelta(days=1), Path("report.html"))


SIZES = """JSON.stringify([...document.querySelectorAll('.chart')].map(
    e => [e.id, e.querySelector('svg')?.clientWidth, e.querySelector('svg')?.clientHeight]))"""
CUT = """JSON.stringify([...document.querySelectorAll('.chart svg')].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.width && (box.right > frame.right + 1 || box.left < frame.left - 1);
    }).map(text => text.textContent);
}))"""
UNNAMED = """[...document.querySelectorAll('svg[role], svg [role]')].filter(
    e => /img|graphics/.test(e.getAttribute('role')) && !e.getAttribute('aria-label')).length"""
CONTRAST = """JSON.stringify([...document.querySelectorAll('h1, h2, p, td, th, dd, dt, li, summary, .what, .quiet')]
    .map(e => {
        const light = text => {
            const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(v => v / 255)
                .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        let at = e;
        while (at && /rgba\\(0, 0, 0, 0\\)/.test(getComputedStyle(at).backgroundColor)) at = at.parentElement;
        const [a, b] = [light(getComputedStyle(e).color), light(getComputedStyle(at || document.body).backgroundColor)];
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.textContent.trim().slice(0, 40)];
    }).filter(([ratio]) => ratio < 4.5))"""

TOO_WIDE = """JSON.stringify([...document.querySelectorAll('.card > .scroll')]
    .filter(e => e.scrollWidth > e.clientWidth)
    .map(e => [e.ariaLabel, e.scrollWidth, e.clientWidth]))"""
WIDEST = """document.querySelectorAll('#airlines tbody tr, #airlines tfoot tr').forEach(row => [
    'Compagnie Nationale Royal Air Maroc', '123,456', '88.8 to 99.9 %', '123,456', '88.8 to 99.9 %',
    '88.8 to 99.9 %', '123 min', '12,345 / 1,234', '88.8% / 88.8%', '88.8%', '88.8%', '\\u221288.8\\u00a0pts (clear)',
].forEach((text, at) => { if (row.cells[at]) row.cells[at].textContent = text; }))"""


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
async def test_the_page_is_drawn_whole_with_the_network_off(
    page: Page, page_file: Path, width: int, scheme: str
) -> None:
    await page.opens(page_file.as_uri(), width=width, scheme=scheme)
    sizes = json.loads(await page.says(SIZES))
    assert len(sizes) == len(CHARTS) - 1
    assert all(drawn_width and drawn_height for _, drawn_width, drawn_height in sizes), sizes
    assert json.loads(await page.says(CUT)) == []
    assert await page.says("document.documentElement.scrollWidth <= window.innerWidth")
    assert await page.says("[...document.querySelectorAll('[role=img]')].every(e => e.ariaLabel)")
    assert await page.says(UNNAMED) == 0
    assert json.loads(await page.says(CONTRAST)) == []
    background = await page.says("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(243, 245, 247)", "dark": "rgb(17, 22, 28)"}[scheme]
    assert await page.says("getComputedStyle(document.querySelector('.chart svg text')).fill") == INK[scheme]
    if width == 1280:
        assert json.loads(await page.says(TOO_WIDE)) == []
        await page.says(WIDEST)
        assert json.loads(await page.says(TOO_WIDE)) == [], "whatever the figures are"
    await page.call("Emulation.setEmulatedMedia", media="print")
    assert await page.says("getComputedStyle(document.querySelector('.chart svg text')).fill") == "rgb(0, 0, 0)"
    assert page.errors == []
    assert all(address.startswith(("file:", "data:")) for address in page.asked)


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
async def test_a_table_is_sorted_by_the_heading_that_is_selected(page: Page, page_file: Path, marts: Settings) -> None:
    names = "JSON.stringify([...document.querySelectorAll('#airlines tbody th')].map(e => e.textContent))"
    await page.opens(page_file.as_uri(), width=1280, scheme="light")
    headings = "document.querySelectorAll('#airlines thead th')"
    await page.says(f"{headings}[0].querySelector('button').click()")
    by_name = json.loads(await page.says(names))
    assert by_name == sorted(by_name)
    await page.says(f"{headings}[1].querySelector('button').click()")
    flights = figures_of(marts, FIRST, LAST).airlines
    assert json.loads(await page.says(names)) == [airline.name for airline in flights]
    assert await page.says(f"{headings}[1].ariaSort") == "descending"
    assert await page.says("document.querySelector('#airlines tfoot th').textContent") == "All of these"
