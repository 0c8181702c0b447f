"""The object that ``run``, ``extract``, ``load``, ``backfill`` and ``replay`` answer with, and their exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aviastack.errors import EXIT_DONE, AviastackError, IncompleteExtract
from aviastack.pipeline.backfill import ENDS_ALL, Result
from aviastack.pipeline.run import Outcome


def told(endpoint: str, results: Sequence[Result], *, asked: int) -> dict[str, Any]:
    """Return the JSON object; an error that ended the command before all ``asked`` slices stands at the top too."""
    slices = [_slice(result) for result in results]
    answer: dict[str, Any] = {
        "endpoint": endpoint,
        "calls": sum(entry["calls"] or 0 for entry in slices),
        "slices": slices,
    }
    ended: AviastackError | None = next(
        (result[1] for result in results if isinstance(result, tuple) and isinstance(result[1], ENDS_ALL)), None
    )
    if ended is None and asked == 1 and isinstance(results[0], tuple):
        ended = results[0][1]
    if ended is not None:
        answer["error"] = ended.to_json()
    return answer


def exit_code(results: Sequence[Result]) -> int:
    """Return 0, or the code of the first error, or 3 where a slice is incomplete."""
    for result in results:
        if not isinstance(result, Outcome):
            return result[1].exit_code
    incomplete = any(isinstance(result, Outcome) and not result.manifest.complete for result in results)
    return IncompleteExtract.exit_code if incomplete else EXIT_DONE


def _slice(result: Result) -> dict[str, Any]:
    if not isinstance(result, Outcome):
        slice_, error = result
        empty = dict.fromkeys(_FIELDS)
        return {"slice": slice_.name, **empty, "calls": getattr(error, "calls", None), "error": error.to_json()}
    manifest, loaded = result.manifest, result.loaded
    return {
        "slice": result.slice.name,
        "run_id": manifest.run_id,
        "complete": manifest.complete,
        "proof": manifest.proof,
        "total": manifest.total,
        "pages": manifest.pages,
        "calls": result.calls,
        "rows": manifest.rows,
        "quarantined": manifest.quarantined,
        "warnings": manifest.warnings,
        "staged": [file.path for file in manifest.staged],
        "inserted": loaded.inserted if loaded else None,
        "updated": loaded.updated if loaded else None,
        "removed": loaded.removed if loaded else None,
        "manifest": manifest.path,
        "error": None,
    }


_FIELDS = (
    "run_id",
    "complete",
    "proof",
    "total",
    "pages",
    "calls",
    "rows",
    "quarantined",
    "warnings",
    "staged",
    "inserted",
    "updated",
    "removed",
    "manifest",
)
