from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.cli.conftest import DAY
from tests.support.sample_records import body_of, flight

SLICE = ("flights", "--date", DAY, "--airline-iata", "DL")
GOOD = flight({"flight_date": DAY})
BAD = flight({"flight_date": "[/not a date]", "flight.number": "9"})


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = body_of([GOOD, BAD])
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


@pytest.fixture
def quarantined(cli, url: str) -> None:
    """Run a slice of two records, of which one cannot be typed."""
    answer = cli("run", *SLICE, "--base-url", url, "--json")
    assert (answer.slice["rows"], answer.slice["quarantined"]) == (1, 1)


def test_slices_with_quarantined_records_are_listed(cli, quarantined) -> None:
    answer = cli("quarantine", "list", "--json")
    assert answer.code == 0
    [found] = answer.object["slices"]
    assert (found["slice"], found["quarantined"]) == (f"{DAY}.airline_iata=DL", 1)
    assert cli("quarantine", "list").out.splitlines()[1].split()[:2] == ["flights", f"{DAY}.airline_iata=DL"]


def test_a_record_is_shown_with_its_reason_as_the_api_sent_it(cli, quarantined) -> None:
    answer = cli("quarantine", "show", "flights", "--json")
    assert (answer.code, answer.object["quarantined"]) == (0, 1)
    [record] = answer.object["records"]
    assert "[/not a date]" in record["record"]
    assert record["reasons"]
    shown = cli("quarantine", "show").out
    assert shown.splitlines()[0] == f"flights {DAY}.airline_iata=DL offset 0, row 1"
    assert "[/not a date]" in shown


def test_replay_stages_the_slices_again_without_a_call(cli, quarantined) -> None:
    answer = cli("quarantine", "replay", "--json")
    assert answer.object["calls"] == 0
    assert answer.slice["quarantined"] == 1


def test_nothing_in_quarantine_says_so(cli, loaded) -> None:
    answer = cli("quarantine", "list")
    assert (answer.code, answer.out, answer.err) == (0, "", "No quarantined records.\n")
    assert cli("quarantine", "replay").code == 0


def test_an_unknown_slice_ends_with_2(cli, loaded) -> None:
    assert cli("quarantine", "show", "--slice", "live").code == 2
    assert cli("quarantine").code == 2
