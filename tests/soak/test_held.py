"""What the soak calls growth: medians and order, never one sample."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.soak.held import Held, grown, held, medians

FLAT = Held(memory=300.0, objects=900.0, sockets=2, files=9, threads=1)


def test_noise_and_single_peaks_are_not_growth() -> None:
    noise = Random(1)
    samples = [replace(FLAT, memory=300 + noise.uniform(-10, 10)) for _ in range(200)]
    samples[-1] = Held(memory=900, objects=2000, sockets=90, files=90, threads=90)
    assert grown(medians(samples)) == []


def test_a_cache_that_fills_while_warming_up_is_not_growth() -> None:
    samples = [replace(FLAT, memory=100.0 + min(n, 30), objects=500.0 + min(n, 30)) for n in range(200)]
    assert grown(medians(samples)) == []


def test_memory_that_rises_once_and_falls_back_is_not_growth() -> None:
    samples = [replace(FLAT, memory=400.0 if 100 < n < 150 else 330.0 if n > 60 else 300.0) for n in range(200)]
    assert grown(medians(samples)) == []


@pytest.mark.parametrize("name", ["memory", "objects"])
def test_a_steady_rise_is_growth(name: str) -> None:
    samples = [replace(FLAT, **{name: getattr(FLAT, name) * (1 + n / 1000)}) for n in range(200)]
    assert [text.split()[0] for text in grown(medians(samples))] == [name]


@pytest.mark.parametrize("name", ["sockets", "files", "threads"])
def test_one_more_that_stays_is_growth(name: str) -> None:
    samples = [replace(FLAT, **{name: getattr(FLAT, name) + (n > 150)}) for n in range(200)]
    assert [text.split()[0] for text in grown(medians(samples))] == [name]


def test_too_few_samples_are_not_called_flat() -> None:
    with pytest.raises(ValueError, match="too few"):
        medians([FLAT] * 5)


def test_an_open_socket_and_an_open_file_are_counted() -> None:
    before = held()
    with socket.socket(), Path(__file__).open():
        during = held()
    assert (during.sockets - before.sockets, during.files - before.files) == (1, 1)
