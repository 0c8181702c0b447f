"""Each fault does what its name says, as often as was asked."""

from __future__ import annotations

import json
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from pathlib import Path
from time import monotonic

import pytest

from aviastack.simulator.faults import FAULTS, Faults

from .conftest import Answer, simulated

DAY = {"flight_date": "2026-11-18"}


def struck(fault: str, **switches: float) -> Answer:
    with simulated(faults=f"{fault}=1", **switches) as api:
        return api.get("flights", **DAY)


def test_no_pagination_is_a_200_without_it() -> None:
    answer = struck("no_pagination")
    assert answer.status == 200
    assert "pagination" not in answer.json


def test_error_200_is_an_error_body_under_status_200() -> None:
    with simulated(faults="error_200=1") as api:
        answers = [api.get("flights", offset=offset, **DAY) for offset in range(0, 1_000, 100)]
    assert {answer.status for answer in answers} == {200}
    assert {tuple(sorted(answer.json)) for answer in answers} == {("error",), ("error", "success")}


def test_html_is_no_json_and_costs_nothing() -> None:
    with simulated(faults="html=1") as api:
        answer = api.get("flights", **DAY)
        assert answer.body.startswith(b"<!DOCTYPE html>")
        assert answer.headers["content-type"].startswith("text/html")
        assert api.control("stats")["charged"] == 0


@pytest.mark.parametrize(
    ("fault", "status", "code"), [("http500", 500, "internal_error"), ("rate", 429, "rate_limit_reached")]
)
def test_an_error_has_its_status_and_code(fault: str, status: int, code: str) -> None:
    answer = struck(fault)
    assert (answer.status, answer.error) == (status, code)


def test_unauthorized_is_the_gateway_s_bare_message() -> None:
    answer = struck("unauthorized")
    assert (answer.status, answer.json) == (401, {"message": "Unauthorized"})


def test_a_truncated_body_is_whole_for_http_and_no_json() -> None:
    answer = struck("truncated")
    assert len(answer.body) == int(answer.headers["content-length"])
    with pytest.raises(json.JSONDecodeError):
        answer.json  # noqa: B018 - reading it is the test


@pytest.mark.parametrize(
    ("fault", "error"),
    [("severed", IncompleteRead), ("reset", ConnectionResetError), ("dropped", RemoteDisconnected)],
)
def test_a_connection_breaks(fault: str, error: type[HTTPException | OSError]) -> None:
    with pytest.raises(error):
        struck(fault)


def test_a_stall_lasts_as_long_as_it_is_told_to() -> None:
    began = monotonic()
    struck("stall", stall=0.2)
    assert monotonic() - began >= 0.2


def test_an_empty_answer_claims_that_there_is_nothing() -> None:
    assert struck("empty").json == {"pagination": {"limit": 100, "offset": 0, "count": 0, "total": 0}, "data": []}


def test_a_bad_row_is_one_of_its_page() -> None:
    with simulated() as api:
        good = api.get("flights", **DAY).rows
    bad = struck("bad_row").rows
    assert sum(one != other for one, other in zip(good, bad, strict=True)) == 1


def test_a_new_field_is_in_every_row() -> None:
    assert all("operated_by" in row and "checkin" in row["departure"] for row in struck("new_field").rows)


def test_a_share_of_calls_is_struck_whatever_their_order() -> None:
    def hit(offsets: list[int]) -> set[int]:
        faults = Faults("http500=0.1,html=0.05", seed=3)
        return {offset for offset in offsets if faults.strike("flights", {"offset": str(offset)})}

    offsets = list(range(0, 200_000, 100))
    forwards, backwards = hit(offsets), hit(offsets[::-1])
    assert forwards == backwards
    assert 0.12 < len(forwards) / len(offsets) < 0.18


def test_a_call_made_again_has_a_new_chance() -> None:
    faults = Faults("http500=0.5", seed=1)
    assert len({faults.strike("flights", {"offset": "0"}) is None for _ in range(20)}) == 2


def test_a_fault_at_an_offset_strikes_the_first_calls_for_it() -> None:
    with simulated(faults="http500@300=2") as api:
        assert [api.get("flights", offset=offset, **DAY).status for offset in (0, 300, 300, 300)] == [
            200,
            500,
            500,
            200,
        ]


def test_bursts_strike_calls_in_a_row() -> None:
    faults = Faults("no_pagination=0.02,burst=40", seed=5)
    hits = [faults.strike("flights", {"offset": str(offset)}) is not None for offset in range(3_000)]
    runs = "".join("x" if hit else " " for hit in hits).split()
    assert max(map(len, runs)) > 10
    assert all(len(run) <= 80 for run in runs)


@pytest.mark.parametrize(
    "spec",
    [
        "http500",
        "http500=often",
        "fire=0.1",
        "http500@3=x",
        "html=2",
        "html=-0.1",
        "html=nan",
        "html=0.6,reset=0.6",
        "http500@3=0",
        "burst=0",
    ],
)
def test_a_specification_that_can_t_be_read_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match=r"fault|number"):
        Faults(spec, 1)


def test_every_fault_is_tested_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{fault}' in text for fault in FAULTS)
