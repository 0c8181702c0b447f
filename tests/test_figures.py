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
MEASURED = json.loads((REPOSITORY / "benchmarks" / "results" / "full.json").read_text(encoding="utf-8"))["measured"]


def measured(group: str, who: str, what: str = "seconds") -> float:
    """The median over the turns of one contender in one group of the full benchmark."""
    (found,) = [each for each in MEASURED if each["group"] == group and who in each["who"]]
    return median(sample[what] for sample in found["samples"])


def test_the_speed_in_the_readme_is_the_measured_one() -> None:
    million = "1,000,000 flights to Parquet"
    ours = measured(million, "**aviastack**")
    slow = measured("1,000,000 flights, dlt's default", "dlt rest_api")
    found = re.search(
        r"in (\d+) s and (\d+) MB .*?: (\d+) times as fast as dlt's `rest_api`, ([\d.]+) times as fast as "
        r"dlt on Arrow, and ([\d.]+) times the time of aiohttp and Arrow's JSON reader",
        README,
    )
    assert found is not None
    assert [float(number) for number in found.groups()] == [
        round(ours),
        round(measured(million, "**aviastack**", "megabytes")),
        round(slow / measured("1,000,000 flights, dlt's default", "**aviastack**")),
        round(measured(million, "dlt on Arrow") / ours, 1),
        round(ours / measured(million, "Arrow's JSON reader"), 1),
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
