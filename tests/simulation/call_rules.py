"""What must hold of the calls that processes sent; each broken rule is a sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from aviastack.settings import Settings
from tests.simulation.world import World


def pace(world: World, settings: Settings) -> Iterator[str]:
    """In no window did a process send more calls than the pace allows."""
    rate = settings.pace
    assert rate is not None
    times: dict[str, list[float]] = defaultdict(list)
    for call in world.calls:
        times[call.process].append(call.at)
    for process, sent in times.items():
        for first, last in zip(sent, sent[rate.burst :], strict=False):
            if last - first < rate.period * rate.burst / rate.calls - 1e-6:
                yield f"{process} sent {rate.burst + 1} calls within {last - first:.3f} s"
                break


def limits(world: World, settings: Settings) -> Iterator[str]:
    """No more calls were sent than the budget, or the limit of a run, allows."""
    budget, most = settings.budget, settings.max_calls
    if not world.chance.calm and budget is not None and len(world.calls) > budget:
        yield f"{len(world.calls)} calls with a budget of {budget}"
    if most is not None and not world.chance.calm:
        for process in {call.process for call in world.calls}:
            sent = sum(call.process == process for call in world.calls)
            if sent > most:
                yield f"{process} sent {sent} calls of at most {most}"


def ledger(world: World, counted: int) -> Iterator[str]:
    """Status says at least as many calls as were sent, unless the API itself denies them."""
    if counted < len(world.calls) and not any("quota" in name for name in world.chance.struck):
        yield f"{len(world.calls)} were sent and {counted} are counted"
