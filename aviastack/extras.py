"""Optional dependencies: a clear error if one is missing, raised before the work that needs it begins."""

from __future__ import annotations

from importlib.util import find_spec

from aviastack.errors import MissingExtra

PACKAGES = {
    "dbt.adapters.duckdb": "dbt-duckdb",
    "dbt.adapters.snowflake": "dbt-snowflake",
    "snowflake.connector": "snowflake-connector-python",
    "vl_convert": "vl-convert-python",
}
"""Names of packages that differ from their module's."""


def require(module: str, extra: str, purpose: str) -> None:
    """Raise :class:`MissingExtra` unless ``module`` is installed; nothing is imported but its parent packages.

    ``extra`` is the extra of this package that installs it, ``purpose`` the start of the sentence that names the need.
    """
    try:
        found = find_spec(module)
    except ModuleNotFoundError:  # a parent package is missing
        found = None
    if found is None:
        raise MissingExtra(
            f"{purpose} needs the package {PACKAGES.get(module, module)}, which is not installed.",
            remedy=f"Install it: pip install 'aviastack[{extra}]'",
        )
