"""Reduces a failing history to the fewest faults with which it still breaks an invariant."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.history import History, run_history


def fewest_faults(failing: History, dropped: frozenset[str] = frozenset()) -> History:
    """Drop faults one by one while the history still fails; return the history that is left."""
    best = failing
    shrunk = True
    while shrunk:
        shrunk = False
        for name in reversed(best.faults):
            if name in dropped:
                continue
            tried = _tried(best.seed, dropped | {name})
            if tried is not None and tried.violations:
                dropped, best, shrunk = dropped | {name}, tried, True
    return replace(best)


def _tried(seed: int, dropped: frozenset[str]) -> History | None:
    try:
        return run_history(seed, dropped=dropped)
    except Exception:  # noqa: BLE001  another failure than the one that is looked into
        return None
