"""Quota tuning: what choices cost, which is recommended, what is written, and what --live spends."""

from __future__ import annotations

import asyncio
import json
import sys
import tomllib
import urllib.request
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aviastack.cli.main import main
from aviastack.endpoints import Plan, Rate
from aviastack.errors import BadRequest
from aviastack.manifest import Manifest, Predicate
from aviastack.simulator import running_simulator
from aviastack.staging.open_store import open_store
from aviastack.tuning.comparing import compare
from aviastack.tuning.costs import Choice, Month, Speed
from aviastack.tuning.live import measure
from aviastack.tuning.shapes import Shape, Size, shapes_of, sizes_of
from aviastack.tuning.writing import write_settings

pytestmark = pytest.mark.usefixtures("each_cost_once")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def shape(*rows: int) -> Shape:
    filters = tuple((("airline_iata", f"A{n}"),) for n in range(len(rows)))
    return Shape("per airline", filters, tuple(Size(n, "measured") for n in rows), "all", whole=True)


def choice(*rows: int, pace: str = "5/s", concurrency: int = 8, latency: float = 1.0, budget: int = 9_000) -> Choice:
    return Choice.of(shape(*rows), 100, Speed(Rate.of(pace), concurrency, latency), Month(10_000, budget))


def dates(count: int) -> list[date]:
    return [datetime.now(UTC).date() - timedelta(days=3 + ago) for ago in range(count)]


def requests(url: str) -> int:
    """The server's own count."""
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/_sim/stats") as answer:
        return int(json.load(answer)["requests"])


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["aviastack", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_settled_date_costs_each_offset_once_and_a_moving_one_the_overlaps_too():
    assert choice(1_000, 250).calls_per_date == 10 + 3
    assert choice(1_000, 250).calls_per_poll > 13


def test_polls_are_what_the_budget_leaves_after_the_settled_dates():
    one = choice(1_000)
    assert one.polls_per_day == (9_000 - 30 * one.calls_per_date) // (30 * one.calls_per_poll)
    assert 30 * one.calls_per_day <= 9_000
    assert choice(1_000, budget=200).polls_per_day == 0


def test_polls_are_no_more_than_the_pace_has_time_for():
    slow = choice(500, pace="1/60s", budget=10**9)
    assert 0 < slow.polls_per_day * slow.seconds_per_poll <= 86_400


def test_partners_are_cheapest_one_by_one_until_they_are_most_of_the_world():
    def best(partners: int) -> str:
        shapes = shapes_of([f"A{n}" for n in range(partners)], [], {})
        return compare(Plan.PROFESSIONAL, shapes, dates(7), month=Month.of(Plan.PROFESSIONAL)).best.shape.name

    assert best(3) == "per airline"
    assert best(30) == "world day"


def test_a_list_seen_cut_off_at_the_window_is_never_recommended_where_another_is_whole():
    cut = {("", ""): Size(10_000, "page 0")}
    shapes = shapes_of([], [], cut)
    best = compare(Plan.BUSINESS, shapes, dates(1), month=Month.of(Plan.BUSINESS)).best
    assert best.shape.name == "per airport"


def test_airports_alone_do_not_bring_every_flight_of_the_partners():
    shapes = shapes_of(["AA"], ["SFO"], {})
    compared = compare(Plan.BASIC, shapes, dates(1), month=Month.of(Plan.BASIC))
    assert compared.best.shape.name == "per airline"
    assert not next(c for c in compared.choices if c.shape.name == "per airport").is_complete


def test_concurrency_is_the_least_that_keeps_up_with_the_pace():
    shapes = shapes_of(["AA"], [], {})
    best = compare(Plan.BASIC, shapes, dates(1), month=Month.of(Plan.BASIC), pace=Rate(10), latency=0.5).best
    assert best.speed.concurrency == 6
    more, fewer = (choice(7_400, pace="10/s", concurrency=n, latency=0.5).seconds_per_date for n in (12, 3))
    assert best.seconds_per_date == pytest.approx(more, rel=0.02)
    assert fewer > 1.5 * more


def test_dates_older_than_the_history_are_told():
    shapes = shapes_of(["AA"], [], {})
    old = [date(2020, 1, 1)]
    assert any(
        "three months" in warning for warning in compare(Plan.BASIC, shapes, old, month=Month.of(Plan.BASIC)).warnings
    )
    assert not any(
        "three months" in warning
        for warning in compare(Plan.BASIC, shapes, dates(7), month=Month.of(Plan.BASIC)).warnings
    )


def test_warnings_name_what_the_free_plan_cannot_do():
    warnings = compare(Plan.FREE, shapes_of(["AA"], [], {}, dated=False), dates(7), month=Month.of(Plan.FREE)).warnings
    assert any("live flights only" in warning for warning in warnings)
    assert any("does not cover" in warning for warning in warnings)
    assert not any("history" in warning for warning in warnings), "there are no dates to pay for"


def compared(partners: int, plan: Plan = Plan.BASIC):
    return compare(plan, shapes_of([f"A{n}" for n in range(partners)], [], {}), dates(7), month=Month.of(plan))


def test_a_day_costs_the_date_that_moves_and_again_one_that_has_settled():
    best = compared(1).best
    assert best.calls_per_day_at_least == best.calls_per_poll + best.calls_per_date
    assert best.fits == (30 * best.calls_per_day_at_least <= 9_000)


def test_if_nothing_fits_the_comparison_says_how_many_partners_and_which_plan_would():
    comparison = compared(5)
    assert not comparison.best.fits
    assert comparison.partners_that_fit == 1
    assert comparison.plan_that_fits is Plan.PROFESSIONAL
    assert any(
        "first 1 of the partners" in warning and "professional plan" in warning for warning in comparison.warnings
    )
    assert compared(1).best.fits
    assert compared(1).partners_that_fit == 1


def test_what_the_month_does_not_pay_for_is_not_written(monkeypatch, capsys):
    assert run(monkeypatch, "tune", "--airlines", "AA,DL,UA,LH,BA", "--plan", "basic", "--write") == 2
    assert not Path("aviastack.toml").exists()
    assert "cost more than the month's calls" in capsys.readouterr().err


def test_a_partner_named_twice_counts_once_and_an_assumed_plan_is_told(monkeypatch, capsys):
    assert run(monkeypatch, "tune", "--airlines", "AA,aa", "--json") == 0
    once = json.loads(capsys.readouterr().out)
    assert [each["filters"] for each in once["slices"] if each["shape"] == "per airline"] == [{"airline_iata": "AA"}]
    assert run(monkeypatch, "tune", "--airlines", "AA") == 0
    assert "plan is assumed" in capsys.readouterr().err


def test_a_date_in_the_future_is_refused_as_run_refuses_it(monkeypatch, capsys):
    assert run(monkeypatch, "tune", "--from", "2099-01-01", "--to", "2099-01-02") == 2
    assert "in the future" in capsys.readouterr().err


def test_sizes_come_from_complete_runs_of_one_filter():
    def manifest(total: int, *, complete: bool = True, **asked: str) -> Manifest:
        nothing = {"rows": 0, "quarantined": 0, "repeated": 0, "warnings": {}, "unmapped": {}, "nulls": {}}
        return Manifest(
            run_id="r", endpoint="flights", slice="s", predicate=Predicate(asked, None), as_of=NOW, started_at=NOW,
            finished_at=NOW, complete=complete, proof="", total=total, pages=1, calls=1, staged=[], quarantine=[],
            journal="", **nothing,
        )  # fmt: skip

    found = sizes_of(
        [
            manifest(100, flight_date="2026-11-01", airline_iata="AA"),
            manifest(300, flight_date="2026-11-02", airline_iata="AA"),
            manifest(9, flight_date="2026-11-03", airline_iata="AA", complete=False),
            manifest(7, flight_date="2026-11-03", airline_iata="AA", dep_iata="SFO"),
            manifest(5, airline_iata="DL"),
            manifest(90_000, flight_date="2026-11-03"),
        ]
    )
    assert {key: size.rows for key, size in found.items()} == {("airline_iata", "AA"): 200, ("", ""): 90_000}


def test_writing_keeps_every_other_line_and_its_comment(tmp_path: Path):
    path = tmp_path / "aviastack.toml"
    path.write_text('# ours\nstaging = "gs://b/p"\npace = "1/s"  # careful\naccess_key = "kept"\n[other]\npace = 3')
    write_settings(path, {"pace": "5/s", "budget": 9_000})
    assert path.read_text() == (
        '# ours\nstaging = "gs://b/p"\npace = "5/s"  # careful\naccess_key = "kept"\nbudget = 9000\n[other]\npace = 3'
    )


def test_writing_refuses_what_is_no_toml_and_leaves_it(tmp_path: Path):
    path = tmp_path / "aviastack.toml"
    path.write_text("pace = = 1")
    with pytest.raises(BadRequest):
        write_settings(path, {"pace": "5/s"})
    assert path.read_text() == "pace = = 1"


def test_live_spends_no_more_than_it_may_and_keeps_what_it_asked_for(tmp_path: Path):
    from aviastack.settings import settings_from

    with running_simulator(flights_per_day=3_000, today=NOW) as url:
        settings = settings_from(
            base_url=url, access_key="k", pace="off", plan="basic", staging=str(tmp_path / "s"), state=tmp_path / "l"
        )
        shapes = shapes_of(["AA", "DL", "UA"], [], {})
        day = date(2026, 11, 18)
        measured = asyncio.run(measure(shapes, day, settings, open_store(settings.staging), max_calls=2))
        again = asyncio.run(measure(shapes, day, settings, open_store(settings.staging), max_calls=2))
    assert measured.calls == 2
    assert 2_500 < measured.sizes[("", "")].rows < 3_500
    assert len(measured.sizes) == 2
    assert measured.largest_page == 100
    assert measured.latency is not None
    assert len(again.sizes) == 4, "pages that are kept cost nothing, so the calls go to the next slices"


def test_live_keeps_what_it_learnt_before_the_month_was_spent(tmp_path: Path):
    from aviastack.settings import settings_from

    with running_simulator(flights_per_day=3_000, today=NOW, plan="basic", quota=2) as url:
        settings = settings_from(
            base_url=url, access_key="k", pace="off", plan="basic", staging=str(tmp_path / "s"), state=tmp_path / "l"
        )
        shapes, store = shapes_of(["AA", "DL"], [], {}), open_store(settings.staging)
        measured = asyncio.run(measure(shapes, date(2026, 11, 18), settings, store, max_calls=9))
        asked = requests(url)
    assert len(measured.sizes) == 2
    assert "month" in (measured.stopped or "")
    assert asked == measured.calls == 2


def test_live_spends_no_more_than_it_may_where_calls_are_refused_and_asked_again(tmp_path: Path):
    from aviastack.settings import settings_from

    with running_simulator(flights_per_day=3_000, today=NOW, plan="basic", pace="1/600s") as url:
        settings = settings_from(
            base_url=url, access_key="k", pace="off", plan="basic", staging=str(tmp_path / "s"), state=tmp_path / "l"
        )
        shapes = shapes_of(["AA", "DL", "UA"], [], {})
        measured = asyncio.run(measure(shapes, date(2026, 11, 18), settings, open_store(settings.staging), max_calls=3))
        asked = requests(url)
    assert measured.retried > 0
    assert asked == measured.calls == 3
    assert 1 <= len(measured.sizes) < 3


def test_the_command_tells_draws_and_writes(monkeypatch, capsys, tmp_path: Path):
    Path("aviastack.toml").write_text('staging = "here"\n')
    picture = tmp_path / "p.svg"
    asked = ["tune", "--airlines", "AA,DL", "--plan", "professional", "--plot", str(picture), "--write", "--json"]
    assert run(monkeypatch, *asked) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["recommended"]["shape"] == "per airline"
    assert printed["calls"] == 0
    assert {"calls_per_day", "minutes_for_the_dates", "polls_per_day", "share_of_quota"} <= set(printed["recommended"])
    assert tomllib.loads(Path("aviastack.toml").read_text()) == {"staging": "here", **printed["settings"]}
    assert picture.read_text().startswith("<svg")


@pytest.mark.parametrize("known", [True, False])
def test_assumed_sizes_are_announced_unless_a_run_gave_them(monkeypatch, capsys, known: bool):
    sizes = {("airline_iata", "AA"): Size(200, "one earlier run")} if known else {}
    monkeypatch.setattr("aviastack.tuning.shapes.sizes_of", lambda manifests: sizes)
    assert run(monkeypatch, "tune", "--airlines", "AA", "--plan", "professional") == 0
    assert ("numbers of rows are assumed" in " ".join(capsys.readouterr().err.split())) != known


def test_a_code_that_is_none_is_refused_before_anything(monkeypatch, capsys):
    assert run(monkeypatch, "tune", "--airlines", "NOT AN AIRLINE") == 2
