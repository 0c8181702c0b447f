"""What is hidden from the decoder is one value of one record; everything else reads as it did."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.api import masking
from aviastack.api.masking import masked, without_deep_values

SHALLOW = 3
VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab[]{}",:\\é'),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text('k"[{'), inside, max_size=3),
    max_leaves=30,
)


def cut(value: Any, depth: int = 0) -> Any:
    """``value`` with 0 for each list or object that is deeper than :data:`SHALLOW` levels."""
    if not isinstance(value, (list, dict)):
        return value
    if depth == SHALLOW:
        return 0
    if isinstance(value, list):
        return [cut(each, depth + 1) for each in value]
    return {name: cut(each, depth + 1) for name, each in value.items()}


@pytest.fixture(autouse=True, scope="module")
def shallow():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "_DEEP", SHALLOW)
        yield


@given(VALUES, st.sampled_from([None, 1]))
def test_values_that_are_too_deep_are_replaced_and_nothing_else_is(value: Any, indent: int | None) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=False).encode()
    assert json.loads(without_deep_values(body)) == cut(value)


def test_a_body_that_ends_within_a_deep_value_does_not_become_whole() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(without_deep_values(b'{"data":[[[[[1,'))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'"a\ud800b"', rb'"a\ufffdb"'),
        (rb'"\udc00"', rb'"\ufffd"'),
        (rb'"\ud83d\ude00"', rb'"\ud83d\ude00"'),
        (rb'"\\ud800"', rb'"\\ud800"'),
        (rb'"\ud800\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
        (b'[NaN,-Infinity, Infinity ,"NaN","\\"Infinity"]', b'[null,null, null ,"NaN","\\"Infinity"]'),
        (b"[NaNa,nan]", b"[NaNa,nan]"),
    ],
)
def test_only_lone_surrogates_and_words_that_are_not_numbers_are_replaced(body: bytes, expected: bytes) -> None:
    assert masked(body) == expected
