from __future__ import annotations

import os
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.endpoints import FLIGHTS
from aviastack.records import keys
from aviastack.records.decode import decode
from aviastack.records.duplicates import edge_keys
from aviastack.records.keys import hashes
from tests.support.sample_records import LIVE, body_of, flight, page_of

HASH_IN_ANOTHER_PROCESS = """
import pyarrow
from aviastack.records.keys import hashes
print(*hashes(pyarrow.array(["", "a", "2024-04-16|SFO|JFK|2024-04-16T19:00:00|DAL|1004"])))
"""


def test_hashes_are_the_same_in_every_process():
    def run(seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", HASH_IN_ANOTHER_PROCESS], env=environment, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    assert run("1") == run("2") == "0 15634918616228990849 1725520183732208940"


@given(st.lists(st.text(max_size=40)), st.integers(0, 5))
def test_equal_texts_have_equal_hashes_and_others_do_not_wherever_they_stand(texts: list[str], skipped: int):
    hashed = hashes(pa.array(texts, pa.string()).slice(min(skipped, len(texts))))
    alone = [hashes(pa.array([text])).tolist()[0] for text in texts[min(skipped, len(texts)) :]]
    assert hashed.tolist() == alone
    assert len(set(alone)) == len(set(texts[min(skipped, len(texts)) :]))


def test_padding_makes_no_two_texts_one():
    texts = [text + "\x00" * zeros for text in ("", "a", "12345678") for zeros in range(10)]
    assert len(set(hashes(pa.array(texts)).tolist())) == len(set(texts))


def test_edge_keys_are_the_hashes_of_the_rows_keys():
    body = body_of([flight(), flight({"flight.number": "7"}), flight({"departure.iata": " sfo "})])
    (rows,) = decode(LIVE, "run", [page_of(body)]).hashes
    assert edge_keys(FLIGHTS, body).tolist() == rows.tolist()
    assert rows[0] == rows[2] != rows[1]


def test_edge_keys_see_a_clock_as_it_is_whatever_offset_it_bears():
    plain = edge_keys(FLIGHTS, body_of([flight()]))
    odd = edge_keys(FLIGHTS, body_of([flight({"departure.scheduled": "2024-04-16T19:00:00-07:00"})]))
    assert plain.tolist() == odd.tolist()


def test_a_record_without_a_key_is_known_by_its_text():
    nameless = flight({"flight_date": None})
    first, again, other = (nameless, nameless, nameless | {"flight_status": "active"})
    keys = edge_keys(FLIGHTS, body_of([first, again, other, flight({"departure": None})]))
    assert keys[0] == keys[1]
    assert len(set(keys.tolist())) == 3


def test_a_key_of_a_megabyte_costs_no_more_steps_than_one_of_a_kilobyte(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, mixed = [], keys._mixed
    monkeypatch.setattr(keys, "_mixed", lambda word: steps.append(1) or mixed(word))
    long = "9" * 2**20
    hashed = hashes(pa.array(["a", long, long + "1", long, "b" * keys.LONGEST], pa.string()))
    assert len(steps) == keys.LONGEST / keys.WORD
    assert hashed[1] == hashed[3]
    assert len(set(hashed.tolist())) == 4
