"""The object that ``run``, ``extract``, ``load``, ``backfill`` and ``replay`` answer with, and their exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aviastack.errors import EXIT_DONE, AviastackError, IncompleteExtract
from aviastack.pipeline.backfill import ENDS_ALL
from aviastack.pipeline.outcome import Failed, Outcome, Result


def told(endpoint: str, results: Sequence[Result], *, asked: int) -> dict[str, Any]:
    """Return the JSON object; an error that ended the command before all ``asked`` slices stands at the top too."""
    slices = [_slice(result) for result in results]
    answer: dict[str, Any] = {
        "endpoint": endpoint,
        "calls": sum(entry["calls"] or 0 for entry in slices),
        "slices": slices,
    }
    ended: AviastackError | None = next(
        (result.error for result in results if isinstance(result, Failed) and isinstance(result.error, ENDS_ALL)), None
    )
    if ended is None and asked == 1 and isinstance(results[0], Failed):
        ended = results[0].error
    if ended is not None:
        answer["error"] = ended.to_json()
    return answer


def exit_code(results: Sequence[Result]) -> int:
    """Return 0, or the code of the first error, or 3 where a slice is incomplete."""
    for result in results:
        if isinstance(result, Failed):
            return result.error.exit_code
    incomplete = any(isinstance(result, Outcome) and not result.manifest.complete for result in results)
    return IncompleteExtract.exit_code if incomplete else EXIT_DONE


def _slice(result: Result) -> dict[str, Any]:
    if isinstance(result, Failed):
        empty = dict.fromkeys(_FIELDS)
        calls = getattr(result.error, "calls", None)
        return {"slice": result.slice.name, **empty, "calls": calls, "error": result.error.to_json()}
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
