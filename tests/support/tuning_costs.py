"""The simulations that tuning compares, each run once: they depend on their arguments alone, and half are repeated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from aviastack.tuning.simulating import Taken, simulate


@cache
def _once(sizes: tuple[int, ...], **given: Any) -> Taken:
    return simulate(sizes, **given)


def _simulate(sizes: Sequence[int], **given: Any) -> Taken:
    return _once(tuple(sizes), **given)


@pytest.fixture
def each_cost_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a cost that a test of this process has simulated be looked up."""
    monkeypatch.setattr("aviastack.tuning.costs.simulate", _simulate)
