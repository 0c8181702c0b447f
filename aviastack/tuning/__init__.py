"""Quota tuning: which slices, pages, pace and concurrency make the most of a month's calls.

The comparison is a simulation and makes no call (:mod:`aviastack.tuning.simulating`); :mod:`aviastack.tuning.live` may
spend a stated number of calls to measure the sizes and the latency that it would otherwise assume.
"""

from __future__ import annotations

from aviastack.tuning.comparing import Comparison, compare
from aviastack.tuning.costs import Choice, Month, Speed
from aviastack.tuning.shapes import Shape, Size, shapes_of
from aviastack.tuning.writing import write_settings

__all__ = ["Choice", "Comparison", "Month", "Shape", "Size", "Speed", "compare", "shapes_of", "write_settings"]
