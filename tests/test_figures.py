"""The figures of the README and docs are those that were measured, or those of the code."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from statistics import median

from aviastack import errors
from aviastack.endpoints import FLIGHTS, Plan

REPOSITORY = Path(__file__).parents[1]
README = " ".join((REPOSITORY / "README.md").read_text(encoding="utf-8").split())
COSTS = (REPOSITORY / "docs" / "costs.md").read_text(encoding="utf-8")
RUNS = [
    json.loads((REPOSITORY / "benchmarks" / "results" / name).read_text(encoding="utf-8"))["measured"]
    for name in ("full.json", "slower.json")
]
MILLION, MILLION_DLT = "1,000,000 flights to Parquet", "1,000,000 flights, dlt's default"
OURS = "**aviastack**"


def medians(group: str, who: str, what: str = "seconds") -> list[float]:
    """The medians over the turns of one contender in one group, by machine."""
    found = [[each for each in run if each["group"] == group and who in each["who"]] for run in RUNS]
    return [median(sample[what] for sample in each["samples"]) for [each] in found]


def ratios(group: str, who: str, other: str) -> list[float]:
    return [one / another for one, another in zip(medians(group, who), medians(group, other), strict=True)]


def ends(values: list[float], digits: int | None = None) -> list[float]:
    return [round(min(values), digits), round(max(values), digits)]


def test_the_speed_in_the_readme_is_what_both_machines_measured() -> None:
    found = re.search(
        r"in (\d+) to (\d+) s, .*? at most (\d+) MB .*?: (\d+) to (\d+) times as fast as dlt's `rest_api`, "
        r"([\d.]+) to ([\d.]+) times as fast as dlt on Arrow, and ([\d.]+) to ([\d.]+) times the time of aiohttp and "
        r"Arrow's JSON reader",
        README,
    )
    assert found is not None
    assert [float(number) for number in found.groups()] == [
        *ends(medians(MILLION, OURS)),
        round(max(medians(MILLION, OURS, "megabytes"))),
        *ends(ratios(MILLION_DLT, "dlt rest_api", OURS)),
        *ends(ratios(MILLION, "dlt on Arrow", OURS), 1),
        *ends(ratios(MILLION, OURS, "Arrow's JSON reader"), 1),
    ]


def test_the_exit_codes_in_the_readme_are_those_of_the_errors() -> None:
    sentence = README.split("Exit codes:")[1].split("##")[0]
    listed = {int(code) for code in re.findall(r"(?:^|, ) ?(\d+) [a-zA-Z]", sentence)}
    classes = [value for value in vars(errors).values() if inspect.isclass(value)]
    raised = {kind.exit_code for kind in classes if issubclass(kind, errors.AviastackError)}
    assert listed == raised | {errors.EXIT_DONE, errors.EXIT_BUG, errors.EXIT_INTERRUPTED}


def test_the_plans_in_the_docs_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| (\w+) \| ([\d,]+|by contract) \| ([\d,]+) \| (yes|no) \|$", COSTS, re.MULTILINE)
    assert rows == [
        (
            plan.value,
            f"{plan.calls_per_month:,}" if plan.calls_per_month else "by contract",
            f"{plan.rows_per_page:,}",
            "yes" if plan.rank >= FLIGHTS.dated_plan.rank else "no",
        )
        for plan in Plan
    ]
