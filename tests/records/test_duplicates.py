from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from aviastack.page import Page
from aviastack.records.decode import decode
from aviastack.records.duplicates import Duplicates, Place, contradictions, edge_keys, own_repeats
from tests.support.sample_records import LIVE, body_of, decoded, flight, page_of

TOP = 2**64 - 1


def test_the_newest_page_wins():
    repeats = Duplicates()
    repeats.add(0, [1, 2, 3])
    repeats.add(1, [3, 4])
    repeats.add(2, [5, 1])
    assert repeats.drops() == {0: [0, 2]}
    assert repeats.count == 2


def test_pages_may_be_added_in_any_order():
    repeats = Duplicates()
    repeats.add(7, [TOP, 9])
    repeats.add(3, [9, TOP, 8])
    assert repeats.drops() == {3: [0, 1]}


def test_nothing_added_repeats_nothing():
    assert Duplicates().drops() == {}
    assert Duplicates().count == 0


@given(st.lists(st.lists(st.integers(0, 6) | st.integers(0, TOP), max_size=6), max_size=6))
def test_what_is_kept_is_each_key_once_where_it_stood_last(pages: list[list[int]]):
    repeats = Duplicates()
    for number, page in enumerate(pages):
        repeats.add(number, page)
    drops = repeats.drops()
    kept = [
        (number, at) for number, page in enumerate(pages) for at in range(len(page)) if at not in drops.get(number, ())
    ]
    last = {key: (number, at) for number, page in enumerate(pages) for at, key in enumerate(page)}
    assert sorted(kept) == sorted(last.values())
    assert repeats.count == sum(map(len, pages)) - len(last)


def listed(*pages: list[dict[str, object]], arrived: Sequence[int] | None = None) -> list[Page]:
    """Pages of one list, each beginning where the one before it ends, in the order in which they arrived."""
    starts = [sum(map(len, pages[:place])) for place in range(len(pages))]
    order = arrived or range(len(pages))
    return [replace(page_of(body_of(pages[place]), number), offset=starts[place]) for number, place in enumerate(order)]


def pairs_of(pages: list[Page]) -> list[tuple[Place, Place]]:
    found = Duplicates()
    for page in pages:
        found.add(page.number, edge_keys(LIVE.endpoint, page.body))
    return found.pairs()


def repeated(*pages: list[dict[str, object]], arrived: Sequence[int] | None = None) -> int:
    sent = listed(*pages, arrived=arrived)
    return own_repeats(sent, pairs_of(sent))


def test_rows_that_the_source_lists_twice_differ_from_rows_that_moved_between_pages():
    a, b, c, d, e, f = (flight({"flight.number": str(number)}) for number in range(1, 7))
    assert repeated([a, b, a], [c]) == 1
    assert repeated([a, b, a, a], [c]) == 2
    assert repeated([a, b, c], [d, b, e]) == 1
    assert repeated([a, b, c], [c, d, e]) == 0  # a seam: the list may have moved by one row
    assert repeated([a, b, c], [c, d, e], arrived=(1, 0)) == 0
    assert repeated([a, b], [c, d], [e, a]) == 1  # the list's first row and its last are not a seam
    assert repeated([a, b, c, d], [e, b, c, f]) == 0  # several neighbours at once
    assert repeated([a, b], [a, b]) == 0  # the offset was ignored


def test_a_page_that_has_a_row_twice_with_other_values_contradicts_itself():
    a, b = (flight({"flight.number": str(number)}) for number in (1, 2))
    changed = flight({"flight.number": "1", "flight_status": "active"})
    for pages, count in (([a, b, changed],), 1), (([a, b, a],), 0), (([a, b], [changed]), 0):
        sent = listed(*pages)
        assert contradictions(sent, pairs_of(sent)) == count


def test_a_row_that_comes_again_with_other_content_is_not_the_sources_own_repeat():
    a, b, c = (flight({"flight.number": str(number)}) for number in range(1, 4))
    assert repeated([a, b, a | {"flight_status": "active"}], [c]) == 0


def test_decode_leaves_out_the_rows_and_rejects_that_are_dropped():
    bad = flight({"departure.delay": "late"})
    older = [flight(), flight({"flight.number": "2"}), bad]
    newer = [flight({"flight_status": "active"}), bad]
    pages = [page_of(body_of(records), number) for number, records in enumerate((older, newer))]
    first = decode(LIVE, "run", pages)
    repeats = Duplicates()
    for page, hashes in zip(pages, first.hashes, strict=True):
        repeats.add(page.number, hashes)
    batch = decode(LIVE, "run", pages, drop=repeats.drops())
    assert repeats.drops() == {0: [0, 2]}
    assert batch.table["flight_status"].to_pylist() == ["landed", "active"]
    assert [quarantined.offset for quarantined in batch.quarantined] == [100]


def test_a_record_that_is_refused_takes_no_rows_place():
    (hashes,) = decoded(flight(), flight({"departure.delay": "late"})).hashes
    assert hashes[0] != hashes[1]
