"""What joins two pages, what does not, and what shows that rows have changed places."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from aviastack.paging.evidence import Evidence
from aviastack.paging.proof import Seams
from tests.support.paged_lists import page_of


def seams_of(*pages: tuple[int, Sequence[int]], total: int = 1_000, earlier: bool = False) -> Seams:
    """Join pages, each given as its offset and rows, in this order."""
    seams = Seams()
    for number, (offset, rows) in enumerate(pages):
        page = page_of(rows, offset=offset, limit=len(rows), total=total)
        read = Evidence.of(page, rows, earlier=earlier)
        read.number = number
        seams.add(read)
    return seams


@given(seed=st.integers(0, 10**6), shared=st.integers(1, 9))
def test_pages_are_joined_in_whichever_order_they_come(seed: int, shared: int) -> None:
    offsets = [*range(0, 90, 10 - shared), 90]
    Random(seed).shuffle(offsets)
    seams = seams_of(*((offset, range(offset, offset + 10)) for offset in offsets), total=100)
    assert seams.are_closed
    assert len(seams.stretches) == 1
    assert (seams.stretches[0].end - seams.stretches[0].start) == 100
    assert not seams.contradict()


def test_pages_that_only_touch_are_not_joined() -> None:
    seams = seams_of((0, range(10)), (10, range(10, 20)), total=20)
    assert len(seams.stretches) == 2
    assert not seams.are_closed


def test_a_row_far_from_its_place_joins_nothing() -> None:
    """The last row of one page has become the first of another, where the rows between are on neither."""
    seams = seams_of((0, range(10)), (500, [9, *range(501, 510)]))
    assert len(seams.stretches) == 2


def test_a_page_of_an_earlier_attempt_may_have_shifted_by_any_number_of_rows() -> None:
    seams = seams_of((0, range(10)), (500, range(5, 15)), earlier=True)
    assert len(seams.stretches) == 1


def test_a_shift_in_bulk_joins_pages_that_are_no_neighbours_by_offset() -> None:
    seams = Seams()
    for number, (offset, rows, total) in enumerate([(0, range(10), 1_000), (300, range(5, 15), 1_295)]):
        read = Evidence.of(page_of(rows, offset=offset, limit=10, total=total), rows)
        read.number = number
        seams.add(read)
    assert len(seams.stretches) == 1
    assert seams.stretches[0].zero(1_295) == 295


def test_one_row_among_strangers_joins_nothing() -> None:
    """It is in the middle of both pages, without its neighbours: the row moved."""
    seams = seams_of((0, range(10)), (8, [21, 22, 23, 24, 25, 5, 26, 27, 28, 29]))
    assert len(seams.stretches) == 2


def test_a_row_that_came_between_does_not_tear_a_seam() -> None:
    seams = seams_of((0, range(10)), (6, [6, 7, 99, 8, 9, 10, 11, 12, 13, 14]))
    assert len(seams.stretches) == 1
    assert not seams.contradict()


def test_shared_rows_in_another_order_contradict() -> None:
    assert seams_of((0, range(10)), (6, [6, 8, 7, 9, 10, 11])).contradict()


def test_a_row_on_two_pages_that_are_no_neighbours_contradicts() -> None:
    pages = [(offset, list(range(offset, offset + 10))) for offset in range(0, 60, 8)]
    assert not seams_of(*pages).contradict()
    pages[6][1][5] = 3
    assert seams_of(*pages).contradict()


def suspect(*totals_and_shifts: tuple[int, int]) -> int | None:
    """Read pages of ten rows that share two with the next; the list shifts, and its total changes, before each.

    Return the offset of the page that must be fetched again.
    """
    seams = Seams()
    rows = 8 * len(totals_and_shifts) + 10
    total, shift = rows, 0
    for number, (change, moved) in enumerate([(0, 0), *totals_and_shifts]):
        total, shift = total + change, shift + moved
        offset = 8 * number
        shown = range(offset - shift + 100, offset - shift + 110)
        read = Evidence.of(page_of(shown, offset=offset, limit=10, total=total), shown)
        read.number = number
        seams.add(read)
    page = seams.unconfirmed()
    return page and page.offset


QUIET = [(0, 0)] * 12


def test_a_shift_under_one_total_suggests_that_a_row_has_moved() -> None:
    assert suspect(*QUIET, (0, 1), *QUIET) == 96
    assert suspect(*QUIET, (0, 1), (0, -1), *QUIET) == 96
    assert suspect((0, 0), (0, 1), (0, 0)) == 8
    assert suspect(*QUIET, (1, 2), (-1, 1), *QUIET) == 96


def test_a_list_that_also_gains_or_loses_rows_may_shift_under_one_total_by_accident() -> None:
    assert suspect(*QUIET, *QUIET) is None
    assert suspect(*QUIET, (0, 1), (1, 1), *QUIET) is None
    assert suspect(*QUIET, (0, 1), (-1, 0), *QUIET) is None


def test_a_newer_page_without_the_shift_confirms_the_seam() -> None:
    seams = seams_of((0, range(10)), (8, [7, *range(8, 13)]), total=14)
    assert seams.unconfirmed()
    confirmed = seams_of((0, range(10)), (8, [7, *range(8, 13)]), (0, [99, *range(9)]), total=14)
    assert confirmed.are_closed
    assert confirmed.unconfirmed() is None
