"""Staging from a journal: what a run extracted becomes typed Parquet and a manifest, once or again, without a call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aviastack.errors import StagingUnavailable
from aviastack.manifest import Coverage, Manifest
from aviastack.pipeline.stage import FirstPass, Stager
from aviastack.records.duplicates import Duplicates, contradictions, edge_keys, own_repeats
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from aviastack.staging.store import Store


def stage_run(store: Store, slice_: Slice, run_id: str) -> Manifest:
    """Stage the extraction ``run_id``. A run that is staged already is returned as it is."""
    staged = manifest_log.of_run(store, slice_, run_id)
    return staged or stage_journal(store, slice_, Journal.read(store, slice_, run_id), run_id=run_id)


def stage_again(store: Store, slice_: Slice) -> Manifest:
    """Stage the slice's newest extraction under a new run id, with the as-of time of its pages."""
    journal = Journal.newest(store, slice_)
    run_id = Journal.next_run_id(store, slice_, datetime.now(UTC))
    return stage_journal(store, slice_, journal, run_id=run_id)


def stage_journal(store: Store, slice_: Slice, journal: Journal, *, run_id: str) -> Manifest:
    """Stage a run from its sealed journal.

    Moving slices overlap on purpose, so what their pages repeat is known before they are decoded. A settled slice
    repeats nothing unless something is wrong; then it is staged a second time, the newest page winning. So is a run in
    which two flights of one number are in different blocks.
    """
    coverage = _coverage_of(journal)
    known = FirstPass() if coverage.settled else _first_pass(slice_, journal)
    stager = _staged(store, slice_, run_id, journal, known)
    if stager.needs_second_pass():
        stager.discard()
        repeats, numbers = stager.repeats, stager.legs.numbers()
        if known.drop is None:
            own = own_repeats(journal.pages(), repeats.pairs())
            known = replace(known, drop=repeats.drops(), own_repeats=own)
        stager = _staged(store, slice_, run_id, journal, replace(known, numbers=numbers))
    return stager.commit(coverage, journal)


def _coverage_of(journal: Journal) -> Coverage:
    coverage = journal.coverage()
    if coverage is None:
        raise StagingUnavailable(
            f"The extraction of {journal.folder} has not ended, so it cannot be staged.",
            remedy="Extract the slice again; it continues where it stopped.",
        )
    return coverage


def _staged(store: Store, slice_: Slice, run_id: str, journal: Journal, known: FirstPass) -> Stager:
    stager = Stager(store, slice_, run_id, known)
    try:
        stager.stage(journal.pages())
    except BaseException:
        stager.discard()
        raise
    return stager


def _first_pass(slice_: Slice, journal: Journal) -> FirstPass:
    repeats = Duplicates()
    for page in journal.pages():
        repeats.add(page.number, edge_keys(slice_.endpoint, page.body))
    return FirstPass(repeats.drops(), contradictions=contradictions(journal.pages(), repeats.pairs()))
