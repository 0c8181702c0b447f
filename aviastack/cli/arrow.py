"""Imports Arrow for a command, without the pandas that it would import with it."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


def import_arrow() -> None:
    """Import Arrow, and let it look for pandas now, when it finds none.

    At its first value, pyarrow imports pandas if that is installed, to recognize pandas' own values: 43 MB and a sixth
    of a second, and a command has no such values. Arrow looks only once; ``to_pandas`` still works. A process that has
    imported Arrow before is left alone: it may be more than a command, and hand Arrow a pandas series later.
    """
    if "pyarrow" in sys.modules:
        return
    hidden = _NoPandas()
    sys.meta_path.insert(0, hidden)
    try:
        import pyarrow as pa

        pa.scalar(None)
    finally:
        sys.meta_path.remove(hidden)


class _NoPandas(MetaPathFinder):
    """Finds that pandas is not installed."""

    def find_spec(self, fullname: str, *_: object) -> None:
        """Raise if it is pandas that is looked for."""
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is hidden from Arrow", name=fullname)
