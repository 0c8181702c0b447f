"""Whether a partner meets its target: met, missed, or what cannot be said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aviastack.errors import BadRequest
from aviastack.report.html import page_of
from aviastack.report.intervals import Band
from aviastack.report.targets import verdicts
from aviastack.settings import FILE, settings_from

from .test_report import airline, figures_with

BAND = Band(1_000, 0, 900, 820, 800)  # 77.4 to 84.3 % with chance


@pytest.mark.parametrize(
    ("target", "answer"),
    [(75.0, "met"), (77.0, "met"), (78.0, "cannot be said"), (84.0, "cannot be said"), (85.0, "missed")],
)
def test_the_band_decides(target: float, answer: str) -> None:
    assert verdicts([airline("AA", BAND)], {"AA": target})["AA"].answer == answer


def test_a_target_is_not_met_if_flights_of_unknown_end_could_miss_it() -> None:
    """The band begins at 77.4 %; with 100 unresolved flights late it would begin at 70.0 %."""
    [verdict] = verdicts([airline("AA", BAND, unresolved=100)], {"AA": 75.0}).values()
    assert (verdict.answer, verdict.why) == (
        "cannot be said",
        "it could be 70.0% if the unresolved flights were late",
    )
    [verdict] = verdicts([airline("AA", BAND, unresolved=100)], {"AA": 69.0}).values()
    assert verdict.answer == "met"


def test_too_few_flights_or_assumed_taxi_times_say_nothing() -> None:
    few, assumed = Band(29, 0, 29, 29, 29), Band(1_000, 900, 900, 820, 800)
    said = verdicts([airline("AA", few), airline("BA", assumed), airline("QF", BAND)], {"AA": 50.0, "BA": 50.0})
    assert {key: (verdict.answer, verdict.why) for key, verdict in said.items()} == {
        "AA": ("cannot be said", "fewer than 30 timed arrivals"),
        "BA": ("cannot be said", "most taxi times are assumed"),
    }


def test_the_page_answers_each_target_and_names_those_without_flights() -> None:
    airlines = [airline("AA", BAND), airline("BA", BAND), airline("QF", BAND)]
    page = page_of(replace(figures_with(airlines), targets={"AA": 75.0, "BA": 90.0, "ZZ": 80.0}))
    section = page[page.index('id="targets"') :].partition("</section>")[0]
    assert '<strong class="">met</strong>: the whole band is above it' in section
    assert '<strong class="warn">missed</strong>: the whole band is below it' in section
    assert "<td>no target</td>" in section
    assert "Targets of airlines without\n        flights here: ZZ." in section
    assert "No target is set" in page_of(figures_with(airlines))


def test_targets_are_set_by_variable_or_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_from().targets == {}
    Path(FILE).write_text("[targets]\nAA = 80\ndlh = 82.5\n", encoding="utf-8")
    assert settings_from().targets == {"AA": 80.0, "DLH": 82.5}
    monkeypatch.setenv("AVIASTACK_TARGETS", "aa=80, DL=85.5,")
    assert settings_from().targets == {"AA": 80.0, "DL": 85.5}
    Path(FILE).write_text('targets = "BA=70"\n', encoding="utf-8")
    monkeypatch.delenv("AVIASTACK_TARGETS")
    assert settings_from().targets == {"BA": 70.0}


@pytest.mark.parametrize(
    "text", ["AA", "AA=", "AA=0", "AA=101", "AA=nan", "A=80", "AA=80%", "AA=80=2", "AAAA=80", "AA=-5"]
)
def test_a_target_that_is_no_percentage_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AVIASTACK_TARGETS", text)
    with pytest.raises(BadRequest, match=r"Invalid targets '.*': write AA=80,DL=85.* Fix AVIASTACK_TARGETS"):
        settings_from()


def test_two_targets_of_one_partner_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_TARGETS", "AA=80,aa=85")
    with pytest.raises(BadRequest, match="AA has two targets"):
        settings_from()
