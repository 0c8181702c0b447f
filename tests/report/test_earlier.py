"""The page's dates against the period before and the same weekdays a year before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from aviastack.report.earlier import Against, Earlier, against, earlier_of, periods_before
from aviastack.report.html import page_of
from aviastack.report.intervals import Band
from aviastack.report.queries import figures_of
from aviastack.settings import Settings

from .conftest import FIRST, LAST
from .test_report import slipping

NOW = (7, Band(7_000, 0, 6_000, 5_000, 4_900))


def test_the_period_before_is_as_long_and_a_year_before_has_the_same_weekdays() -> None:
    first, last = date(2026, 11, 16), date(2026, 11, 22)
    before, year = periods_before(first, last).values()
    assert before == (date(2026, 11, 9), date(2026, 11, 15))
    assert year == (date(2025, 11, 17), date(2025, 11, 23))
    assert year[0].weekday() == first.weekday()


def rows(dates: int, on_time: int, timed: int = 1_000) -> list[tuple]:
    return [("AAL", FIRST + timedelta(days=n), timed, 0, on_time, on_time, on_time - 10) for n in range(dates)]


def test_a_change_from_an_earlier_period_is_clear_if_it_is_more_than_chance() -> None:
    fallen = against("American", "AAL", NOW, earlier_of("a year before", FIRST, LAST, rows(7, 800)))
    assert fallen.change is not None
    assert fallen.change.points is not None
    assert (round(fallen.change.points, 1), fallen.change.is_clear, fallen.why_not) == (-8.6, True, None)
    same = against("American", "AAL", NOW, earlier_of("a year before", FIRST, LAST, rows(7, 714)))
    assert same.change is not None
    assert not same.change.is_clear


def test_dates_that_the_marts_lack_are_not_compared() -> None:
    part = against("American", "AAL", NOW, earlier_of("a year before", FIRST, LAST, rows(3, 800)))
    assert part == Against(None, None, "3 of 7 dates loaded")
    none = against("American", "AAL", NOW, Earlier("a year before", FIRST, LAST, {}))
    assert none == Against(None, None, "not loaded")
    few = against("American", "AAL", NOW, earlier_of("a year before", FIRST, LAST, rows(7, 3, timed=4)))
    assert few.why_not == "too few flights"


def test_the_page_compares_with_the_period_before_and_says_where_the_data_do_not_reach(marts: Settings) -> None:
    middle = FIRST + timedelta(days=2)
    figures = figures_of(marts, middle, LAST)
    before, year = figures.earlier
    assert (before.first, before.last, year.arrivals) == (FIRST, middle - timedelta(days=1), {})
    whole = {a.key: a.arrivals for a in figures_of(marts, FIRST, middle - timedelta(days=1)).airlines}
    assert {key: band for key, (dates, band) in before.arrivals.items() if key in whole and dates == 2} == whole
    page = page_of(figures)
    section = page[page.index('id="targets"') :].partition("</section>")[0]
    assert section.count("<td>not loaded</td>") == len(figures.airlines)
    assert section.count("\N{NO-BREAK SPACE}pts") == len(figures.airlines)


def test_a_slip_is_shown_in_points() -> None:
    figures = slipping(4, fallen=0)
    earlier = earlier_of("the period before", FIRST, LAST, [("American", *row[1:]) for row in rows(4, 900)])
    page = page_of(replace(figures, earlier=[earlier]))
    assert "<td>\u221210.0\N{NO-BREAK SPACE}pts (clear)</td>" in page
    hardly = earlier_of("the period before", FIRST, LAST, [("American", *row[1:]) for row in rows(4, 800)[:3]])
    none = replace(hardly, arrivals={"American": (4, Band(100_000, 0, 0, 80_001, 80_001))})
    assert "<td>+0.0\N{NO-BREAK SPACE}pts</td>" in page_of(replace(figures, earlier=[none])), (
        "a fall of 0.001 points is not -0.0"
    )
