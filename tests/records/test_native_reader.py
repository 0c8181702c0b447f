"""The native reader returns what the other readers return, or refuses the page."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings

from aviastack.endpoints import COUNTRIES, ENDPOINTS, FLIGHTS, Endpoint
from aviastack.records.decode import decode
from aviastack.records.parse_arrow import parse_with_arrow
from aviastack.records.parse_native import VARIABLE, NativeReader, _found, native_reader, reader_in_use
from tests.records.test_parsers_agree import flights
from tests.support.mutated_pages import mutated, same, verdict
from tests.support.odd_bodies import bodies
from tests.support.sample_records import AIRBORNE, CODESHARED, LIVE, body_of, flight, page_of, shape

NATIVE = "aviastack.records.parse_whole.native_reader"
WHOLE = body_of([flight({"flight.codeshared": CODESHARED, "live": AIRBORNE}), flight()])


def read(native: NativeReader, *records: object, endpoint: Endpoint = FLIGHTS) -> dict[str, list[object]] | None:
    sent = native.parse(endpoint, [body_of(records)])
    return None if sent is None else {name: array.to_pylist() for name, array in sent.columns.items()}


def test_recorded_pages_are_read_as_by_the_other_readers(recorded: Path, native: NativeReader) -> None:
    flights_future = gzip.decompress((recorded / "flights_future" / "JFK_departures_2024-09-17.json.gz").read_bytes())
    assert native.parse(ENDPOINTS["flightsFuture"], [flights_future]) is None  # 519 of its rows lack a field
    pages = [(FLIGHTS, file.read_bytes()) for file in (recorded / "flights_live").iterdir()]
    pages += [(ENDPOINTS[file.stem], file.read_bytes()) for file in (recorded / "reference").iterdir()]
    assert {verdict(native, endpoint, body) for endpoint, body in pages} == {"read"}
    for day in (recorded / "flights_by_date").iterdir():
        lines = gzip.decompress(day.read_bytes()).splitlines()
        block = [body_of(lines[at : at + 100]) for at in range(0, len(lines), 100)]
        sent, expected = native.parse(FLIGHTS, block), parse_with_arrow(FLIGHTS, block)
        assert sent is not None
        assert expected is not None
        same(sent, expected)


@settings(max_examples=150)
@given(drawn=bodies())
def test_an_odd_body_is_read_as_by_the_other_readers_or_refused(native, drawn):
    verdict(native, FLIGHTS, drawn[0])


@settings(max_examples=50)
@given(record=flights)
def test_a_flight_of_any_values_is_read_as_by_the_other_readers_or_refused(native, record):
    verdict(native, FLIGHTS, body_of([record, flight()]))


def test_damaged_pages_are_read_as_by_the_other_readers_or_refused(native: NativeReader) -> None:
    page = json.loads(WHOLE)
    verdicts = [verdict(native, FLIGHTS, mutated(page, Random(seed))) for seed in range(200)]
    assert {"read", "refused"} <= set(verdicts)


def test_no_part_of_a_page_is_a_page(native: NativeReader) -> None:
    assert native.parse(FLIGHTS, [WHOLE]) is not None
    assert all(native.parse(FLIGHTS, [WHOLE[:length]]) is None for length in range(len(WHOLE)))


def test_a_text_of_any_length_is_read_wherever_its_escapes_are(native: NativeReader) -> None:
    texts = [
        "".join("\\u00e9" if at == escaped else "a" for at in range(length))
        for length in range(20)
        for escaped in range(length + 1)
    ]
    texts += ['\\"' * count + "\\ud83d\\ude00" * count for count in range(20)]
    record = json.dumps(flight({"airline.name": "here"}))
    found = read(native, *(record.replace("here", text).encode() for text in texts))
    assert found is not None
    assert found["airline_name"] == [json.loads(f'"{text}"') for text in texts]


@pytest.mark.parametrize(
    "text",
    ["\\ud800", "\\ude00\\ud83d", "\\ud83dx", "\\ud83d\\u0041", "\\x", "\\u12g4", "\\u123", "\\", "\x01", "\n", "\xff"],
)
def test_text_that_is_not_json_or_not_unicode_is_refused(native: NativeReader, text: str) -> None:
    record = json.dumps(flight({"airline.name": "here"}))
    assert read(native, record.replace("here", text).encode("latin-1")) is None


def test_keys_are_read_in_any_order(native: NativeReader) -> None:
    def turned(value: object) -> object:
        return {name: turned(inner) for name, inner in reversed(value.items())} if isinstance(value, dict) else value

    assert read(native, turned(flight()), flight(), turned(flight())) == read(native, flight(), flight(), flight())


@pytest.mark.parametrize("value", ["0", "-0", "999999999999999999", "-999999999999999999"])
def test_a_whole_number_of_up_to_18_digits_is_read(native: NativeReader, value: str) -> None:
    found = read(native, json.dumps(flight({"departure.delay": 77})).replace("77", value).encode())
    assert found is not None
    assert found["departure_delay"] == [int(value)]


@pytest.mark.parametrize("value", ["0.1", "-0.0", "5", "123456789.012345", "0.30000000000000", "-179.99999999"])
def test_a_number_of_up_to_15_digits_is_read_to_the_bit(native: NativeReader, value: str) -> None:
    found = read(native, json.dumps(flight({"live": AIRBORNE | {"latitude": 77}})).replace("77", value).encode())
    assert found is not None
    assert repr(found["live_latitude"]) == repr([float(value)])


@pytest.mark.parametrize(
    "value", ["1e3", "NaN", "01", "1.", ".5", "+1", "-", "1234567890.123456", "9" * 19, "0x1", "1.5.5"]
)
def test_any_other_number_is_refused(native: NativeReader, value: str) -> None:
    record = json.dumps(flight({"live": AIRBORNE | {"latitude": 77}, "departure.delay": 88}))
    assert read(native, record.replace("77", value).encode()) is None
    assert read(native, record.replace("88", value).encode()) is None


def test_more_rows_than_a_page_of_flights_has_are_read(native: NativeReader) -> None:
    names = [declared.path for declared in COUNTRIES.fields]
    rows = [dict.fromkeys([*names, "id"]) | {names[1]: str(row)} for row in range(5_000)]
    found = read(native, *rows, endpoint=COUNTRIES)
    assert found is not None
    assert found[COUNTRIES.fields[1].column] == [str(row) for row in range(5_000)]


def test_an_array_keeps_its_memory_after_the_others_are_gone(native: NativeReader) -> None:
    sent = native.parse(FLIGHTS, [WHOLE])
    assert sent is not None
    kept = sent.columns["airline_name"].slice(1)
    del sent
    for _ in range(20):
        native.parse(FLIGHTS, [WHOLE.replace(b"Delta", b"Alpha")])
    assert kept.to_pylist() == ["Delta Air Lines"]


def test_many_threads_read_at_once(native: NativeReader) -> None:
    blocks = [[body_of([flight({"flight.number": str(thread)})] * 50)] * 10 for thread in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for thread, sent in enumerate(threads.map(lambda block: native.parse(FLIGHTS, block), blocks)):
            assert sent is not None
            assert sent.columns["flight_number"] == pa.array([str(thread)] * 500)


def test_a_run_is_the_same_with_and_without_it(native: NativeReader) -> None:
    pages = [page_of(WHOLE), page_of(body_of([flight({"departure.delay": "late"}), flight()]), 1), page_of(WHOLE, 2)]
    with patch(NATIVE, return_value=native):
        found = decode(LIVE, "run", pages)
    with patch(NATIVE, return_value=None):
        expected = decode(LIVE, "run", pages)
    assert shape(found) == shape(expected)
    assert found.quarantined == expected.quarantined


def test_the_pages_that_it_reads_do_not_reach_arrows_reader(native: NativeReader) -> None:
    arrow = "aviastack.records.parse_whole.parse_with_arrow"
    with patch(NATIVE, return_value=native), patch(arrow, side_effect=AssertionError("read by Arrow's reader")):
        assert decode(LIVE, "run", [page_of(WHOLE)]).table.num_rows == 2


def test_it_is_not_used_where_it_is_switched_off_or_was_not_compiled(
    native: NativeReader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def used(library: Path = native.path) -> str:
        monkeypatch.setattr("aviastack.records.parse_native.LIBRARY", library)
        _found.cache_clear()
        assert (native_reader() is not None) == (reader_in_use() == "native")
        return reader_in_use()

    broken = tmp_path / "broken.so"
    broken.write_bytes(b"not a library")
    try:
        assert used() == "native"
        assert used(tmp_path / "none.so") == "pyarrow, because the native reader was not compiled for this machine"
        assert "is not for this machine or version" in used(broken)
        with monkeypatch.context() as patched:
            patched.setattr("aviastack.records.parse_native.LAYOUT", 0)
            assert "another version of its source" in used()
        monkeypatch.setenv(VARIABLE, "off")
        assert used() == f"pyarrow, because {VARIABLE} is off"
    finally:
        _found.cache_clear()
