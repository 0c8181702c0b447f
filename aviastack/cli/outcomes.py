"""The JSON object of ``run``, ``extract``, ``load``, ``backfill`` and ``replay``, and their exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aviastack.errors import EXIT_DONE, AviastackError, IncompleteExtract
from aviastack.pipeline.backfill import ends_all
from aviastack.pipeline.outcome import Failed, Outcome, Result


def answer(endpoint: str, results: Sequence[Result], *, requested: int) -> dict[str, Any]:
    """Return the object. An error that ended the command before all ``requested`` slices is at the top too."""
    slices = [_slice(result) for result in results]
    found: dict[str, Any] = {
        "endpoint": endpoint,
        "calls": sum(entry["calls"] or 0 for entry in slices),
        "slices": slices,
    }
    failures = [result.error for result in results if isinstance(result, Failed)]
    ended: AviastackError | None = next((error for error in failures if ends_all(error)), None)
    if ended is None and requested == 1 and failures:
        ended = failures[0]
    if ended is not None:
        found["error"] = ended.to_json()
    return found


def exit_code(results: Sequence[Result]) -> int:
    """Return 0, or the code of the first error, or 3 if a slice is incomplete."""
    for result in results:
        if isinstance(result, Failed):
            return result.error.exit_code
    complete = all(isinstance(result, Outcome) and result.manifest.complete for result in results)
    return EXIT_DONE if complete else IncompleteExtract.exit_code


def print_failures(failures: Sequence[Failed], requested: int) -> None:
    """Print each error once, with the slice that it ended or the number of slices."""
    from aviastack.cli.output import print_error
    from aviastack.errors import counted

    slices: dict[str, list[Failed]] = {}
    for failure in failures:
        slices.setdefault(str(failure.error), []).append(failure)
    for same in slices.values():
        subject = str(same[0].slice) if len(same) == 1 else counted(len(same), "slice")
        named = requested == 1 or same[0].error.message.startswith(subject)
        print_error(same[0].error, subject="" if named else subject, as_json=False)


def _slice(result: Result) -> dict[str, Any]:
    if isinstance(result, Failed):
        empty = dict.fromkeys(_FIELDS)
        return {"slice": result.slice.name, **empty, "calls": result.calls, "error": result.error.to_json()}
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
