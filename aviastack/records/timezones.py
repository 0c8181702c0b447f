"""The IANA time-zone database: the newer of the ``tzdata`` package and the system's own.

``zoneinfo`` alone prefers the system's files however old they are, and countries change their clocks several times a
year. The version that was used is recorded in every manifest, so that a replay can repair what an old one got wrong.
"""

from __future__ import annotations

import re
import zoneinfo
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from zoneinfo import ZoneInfo

VERSION = re.compile(rb"\d{4}[a-z]+")


@lru_cache(maxsize=1)
def timezone_data() -> str:
    """Return the version of the database in use and where it comes from, for example ``2026f (package)``."""
    package, system = _package_version(), _system_version()
    return f"{system} (system)" if system > package else f"{package} (package)"


@lru_cache(maxsize=4096)
def zone(name: str) -> ZoneInfo | None:
    """Return the zone, or None if the database has none of that name."""
    try:
        if timezone_data().endswith("(system)"):
            return ZoneInfo.no_cache(name)
        return _from_package(name)
    except (ValueError, OSError, KeyError):  # an unknown name; a folder of names; a path instead of a name
        return None


def iana_name(text: str) -> str | None:
    """Return ``text`` if it is the name of a zone in the database, else None."""
    return text if zone(text) is not None else None


def _from_package(name: str) -> ZoneInfo:
    parts = name.split("/")
    if not all(re.fullmatch(r"[A-Za-z0-9_+-]+", part) for part in parts):
        raise ValueError(f"{name!r} is not the name of a time zone")
    with files("tzdata").joinpath("zoneinfo", *parts).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _package_version() -> str:
    return _version_in(files("tzdata").joinpath("zoneinfo", "tzdata.zi"))


def _system_version() -> str:
    """Return the version of the system's database, such as ``2025b``; empty if it is missing or has no version."""
    found = (_version_in(Path(folder, name)) for folder in zoneinfo.TZPATH for name in ("+VERSION", "tzdata.zi"))
    return next((version for version in found if version), "")


def _version_in(path: Traversable) -> str:
    """Return the version in the first line, such as ``# version 2025b``."""
    try:
        with path.open("rb") as file:
            found = VERSION.search(file.readline(100))
    except OSError:
        return ""
    return found[0].decode() if found is not None else ""
