"""Noise that is a pure function of its key and index, so that a restarted simulator says the same again."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from simulators.terrain import Floats

Integers = NDArray[np.int64]


def _mixed(key: int, index: Integers) -> NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea, Flood 2014, OOPSLA) of key and index."""
    with np.errstate(over="ignore"):  # arithmetic modulo 2^64 is meant
        z = (index.astype(np.uint64) + np.uint64(key)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def key_of(seed: int, *words: str) -> int:
    """One number for a seed and some words, the same in every process (unlike hash())."""
    text = f"{seed}/{'/'.join(words)}".encode()
    return zlib.crc32(text) << 32 | zlib.crc32(text[::-1])


def uniform(key: int, index: Integers) -> Floats:
    """Uniform numbers in [0, 1), one for each index."""
    return (_mixed(key, index) >> np.uint64(11)).astype(np.float64) / 2.0**53


def normal(key: int, index: Integers) -> Floats:
    """Standard normal numbers (Box and Muller 1958), one for each index."""
    radius = np.sqrt(-2 * np.log(1 - uniform(key, index)))
    angle: Floats = 2 * np.pi * uniform(key ^ 0x5DEECE66D, index)
    bell: Floats = radius * np.cos(angle)
    return bell


def drifting(key: int, hours: Floats, period_h: float) -> Floats:
    """Smooth noise of standard deviation below 1: normal numbers every `period_h`, joined by cosine curves."""
    position = hours / period_h
    before = np.floor(position).astype(np.int64)
    blend = (1 - np.cos(np.pi * (position - before))) / 2
    smooth: Floats = normal(key, before) * (1 - blend) + normal(key, before + 1) * blend
    return smooth
