from __future__ import annotations

from hypothesis import given, settings

from tests.support.odd_bodies import bodies, judge


@settings(max_examples=200)
@given(drawn=bodies())
def test_a_body_of_any_kind_is_rows_and_rejects_and_no_record_is_lost(drawn: tuple[bytes, int | None]):
    judge(drawn)
