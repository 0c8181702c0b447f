"""Measurements as a table (Markdown), as JSON and as plots, with the versions and the machine they stand for."""

from __future__ import annotations

import json
import os
import platform
import statistics
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measuring import Sample

PACKAGES = ("aviastack", "aiohttp", "pyarrow", "pandera", "polars", "duckdb", "dlt", "requests", "uvloop")
BLUE, GREY, FLOOR = "#3b7dd8", "#9aa1ab", "#d7dade"


@dataclass
class Measured:
    """One competitor in one group. ``again`` are second runs, ``lost`` the rows of a moving list that went wrong."""

    group: str
    about: str
    who: str
    rows: int
    samples: list[Sample] = field(default_factory=list)
    again: list[Sample] = field(default_factory=list)
    lost: dict[str, int] | None = None

    @property
    def ended_well(self) -> bool:
        return all(sample.exit_code == 0 for sample in self.samples)

    def median(self, name: str) -> float:
        return statistics.median(getattr(sample, name) for sample in self.samples)

    def range(self, name: str) -> tuple[float, float]:
        values = [getattr(sample, name) for sample in self.samples]
        return min(values), max(values)


@dataclass
class Results:
    """All of a run."""

    quick: bool
    measured: list[Measured] = field(default_factory=list)
    special: dict[str, dict[str, Any]] = field(default_factory=dict)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    load: tuple[float, float, float] = field(default_factory=os.getloadavg)

    @property
    def machine(self) -> dict[str, Any]:
        return {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory GB": round(psutil.virtual_memory().total / 1e9),
            "system": platform.platform(),
            "python": platform.python_version(),
            "load at the start": [round(value, 1) for value in self.load],
            "load at the end": [round(value, 1) for value in os.getloadavg()],
            "packages": {name: version(name) for name in PACKAGES},
        }


def write(results: Results, folder: Path, name: str) -> list[Path]:
    """Write ``name`` as .md, .json and, where groups were measured, .svg; return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "began": results.began.isoformat(timespec="seconds"),
        "machine": results.machine,
        "measured": [asdict(measured) for measured in results.measured],
        "special": results.special,
    }
    paths = [folder / f"{name}.json", folder / f"{name}.md"]
    paths[0].write_text(json.dumps(figures, indent=1, default=str) + "\n")
    if results.measured:
        paths.append(folder / f"{name}.svg")
        _plot(results, paths[-1])
    paths[1].write_text(_markdown(results, name))
    return paths


def _markdown(results: Results, name: str) -> str:
    machine = results.machine
    packages = ", ".join(f"{package} {number}" for package, number in machine.pop("packages").items())
    told = "; ".join(f"{key}: {value}" for key, value in machine.items())
    text = f"<!-- SimulatedLists by `python -m benchmarks`. -->\n\n# Measured on {results.began:%d %B %Y, %H:%M} UTC\n\n"
    text += f"{told}.\n\n{packages}.\n\n"
    text += "Whole processes, imports included; medians, with the range in brackets. `x` is the time over ours. "
    text += "Memory is the highest sum of the process tree.\n"
    if results.measured:
        text += f"\n![wall time by group]({name}.svg)\n"
    for (group, about), members in groupby(results.measured, key=lambda m: (m.group, m.about)):
        text += f"\n## {group}\n\n{about}\n\n" + _table(list(members))
    for case, figures in results.special.items():
        text += f"\n## {case[0].upper()}{case[1:]}\n\n" + _list(figures)
    return text


def _table(members: list[Measured]) -> str:
    ours = next((m for m in members if "aviastack" in m.who), members[0])
    runs = len(ours.samples)
    head = ["", f"seconds ({runs} runs)", "x", "CPU s", "MB", "flights/s", "pages", "429s"]
    head += ["second run: pages"] if ours.again else []
    head += ["lost", "doubled"] if ours.lost else []
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    for m in sorted(members, key=lambda member: member.median("seconds")):
        seconds = m.median("seconds")
        low, high = m.range("seconds")
        well = "" if m.ended_well else f" (exit {m.samples[0].exit_code})"
        cells = [
            m.who + well,
            f"{seconds:.2f} ({low:.2f}-{high:.2f})",
            f"{seconds / ours.median('seconds'):.2f}",
            f"{m.median('cpu'):.2f}",
            f"{m.median('megabytes'):.0f}",
            f"{m.rows / seconds:,.0f}",
            f"{m.median('pages'):,.0f}",
            f"{m.median('refused'):,.0f}",
        ]
        cells += [f"{m.again[0].pages:,}"] if m.again else []
        cells += [f"{m.lost['lost']:,}", f"{m.lost['doubled']:,}"] if m.lost else []
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _list(figures: dict[str, Any]) -> str:
    lines = []
    for name, value in figures.items():
        shown = ", ".join(f"{key} {_number(each)}" for key, each in value.items()) if isinstance(value, dict) else value
        lines.append(f"- {name}: {_number(shown)}")
    return "\n".join(lines) + "\n"


def _number(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _plot(results: Results, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    found = [(name, list(members)) for name, members in groupby(results.measured, key=lambda m: m.group)]
    heights = [len(members) for _, members in found]
    figure, axes = plt.subplots(
        len(found), 1, figsize=(9, sum(heights) * 0.36 + len(found) * 0.75), height_ratios=heights, squeeze=False
    )
    for axis, (name, members) in zip(axes[:, 0], found, strict=True):
        members.sort(key=lambda member: -member.median("seconds"))
        medians = [m.median("seconds") for m in members]
        spread = [[x - m.range("seconds")[0] for x, m in zip(medians, members, strict=True)]]
        spread += [[m.range("seconds")[1] - x for x, m in zip(medians, members, strict=True)]]
        names = [m.who.replace("*", "") for m in members]
        colours = [BLUE if "aviastack" in n else FLOOR if "floor" in n else GREY for n in names]
        bars = axis.barh(names, medians, xerr=spread, color=colours, error_kw={"lw": 1})
        ends = ["" if m.ended_well or m.again else ", then it failed" for m in members]
        labels = [f"{value:.1f} s{end}" for value, end in zip(medians, ends, strict=True)]
        axis.bar_label(bars, labels, padding=6, fontsize=8)
        axis.set_title(f"{name}, seconds", fontsize=9, loc="left")
        axis.set_xlim(0, max(m.range("seconds")[1] for m in members) * 1.12)
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
