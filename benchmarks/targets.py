"""The figures that the project has set itself, beside what a run measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.cases import ALL_EXTRAS, ARROW, DLT, DLT_ARROW, OURS, PANDAS, WITHOUT_NATIVE, Who
from benchmarks.results import Results

THOUSANDS, MILLION, MILLION_DLT = (
    "200,000 flights to Parquet",
    "1,000,000 flights to Parquet",
    "1,000,000 flights, dlt's default",
)
REPLAY, STARTS = "replay from the journal", "start of the command"


@dataclass(frozen=True)
class Target:
    """A figure and its bound: at most, or at least."""

    name: str
    bound: float
    measured: Callable[[Results], float]
    at_least: bool = False


def table(results: Results) -> str:
    """Return the targets that the run measured, as Markdown."""
    lines = ["| target | bound | measured | |", "|---|--:|--:|---|"]
    for target in TARGETS:
        try:
            value = target.measured(results)
        except KeyError:
            continue  # left out by --only or --quick
        met = value >= target.bound if target.at_least else value <= target.bound
        bound = f"{'at least' if target.at_least else 'at most'} {target.bound:g}"
        lines.append(f"| {target.name} | {bound} | {value:.3g} | {'met' if met else '**missed**'} |")
    return "\n".join(lines) + "\n"


def sentence(results: Results) -> str:
    """Return a run's figures as the README has them, from two machines; tests/test_figures.py compares them."""
    try:
        ours, dlt = _median(results, MILLION, OURS), _over(MILLION_DLT, DLT, OURS)(results)
        return (
            f"in {ours:.0f} s and {_median(results, MILLION, OURS, 'megabytes'):.0f} MB ...: {dlt:.0f} times as fast "
            f"as dlt's `rest_api`, {_over(MILLION, DLT_ARROW, OURS)(results):.1f} times as fast as dlt on Arrow, and "
            f"{_over(MILLION, OURS, ARROW)(results):.1f} times the time of aiohttp and Arrow's JSON reader"
        )
    except KeyError:
        return ""


def _median(results: Results, group: str, who: Who, name: str = "seconds") -> float:
    for measured in results.measured:
        if (measured.group, measured.who) == (group, who.name):
            return measured.median(name)
    raise KeyError(group)


def _over(group: str, one: Who, other: Who) -> Callable[[Results], float]:
    return lambda results: _median(results, group, one) / _median(results, group, other)


def _of(group: str, who: Who, name: str) -> Callable[[Results], float]:
    return lambda results: _median(results, group, who, name)


def _special(*path: str) -> Callable[[Results], float]:
    def found(results: Results) -> float:
        value: Any = results.special
        for name in path:
            value = value[name]
        return float(value)

    return found


def _targets() -> Iterator[Target]:
    yield Target("1,000,000: times the floor", 1.1, _over(MILLION, OURS, ARROW))
    yield Target("1,000,000: seconds of CPU", 10, _of(MILLION, OURS, "cpu"))
    yield Target("1,000,000: times as fast as dlt on Arrow", 2.4, _over(MILLION, DLT_ARROW, OURS), at_least=True)
    yield Target("1,000,000: times as fast as dlt rest_api", 20, _over(MILLION_DLT, DLT, OURS), at_least=True)
    yield Target("1,000,000: times the floor without the native reader", 1.6, _over(MILLION, WITHOUT_NATIVE, ARROW))
    yield Target("1,000,000: MB with all extras installed", 330, _of(MILLION, ALL_EXTRAS, "megabytes"))
    yield Target("200,000: times the floor", 1.5, _over(THOUSANDS, OURS, ARROW))
    yield Target("200,000: times as fast as requests + pandas", 4, _over(THOUSANDS, PANDAS, OURS), at_least=True)
    yield Target("200,000: MB with all extras installed", 330, _of(THOUSANDS, ALL_EXTRAS, "megabytes"))
    yield Target("5,000 pages at 100 ms: times latency alone", 1.04, _special("latency against the ideal", "ratio"))
    yield Target("longest stall of the event loop, ms", 50, _special("stalls of the event loop", "longest ms"))
    yield Target("replay of ten times the rows: times as long", 11, _special(REPLAY, "ratio of seconds"))
    yield Target("replay: times as fast as before", 1.8, _special(REPLAY, "earlier version", "ratio"), at_least=True)
    yield Target("aviastack --help, seconds", 0.3, _special(STARTS, "aviastack --help", "median"))
    yield Target("import aviastack, seconds", 0.15, _special(STARTS, "import aviastack", "median"))


TARGETS = tuple(_targets())
