"""Reproducible random numbers by position, without computing their predecessors.

Everything rests on the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable
pseudorandom number generators", OOPSLA 2014). It is a bijection of 64-bit integers, so it also
serves for identifiers: they look random, never collide, and `unmix` recovers the original number.
"""

from __future__ import annotations

import hashlib
import random

import numpy as np
import numpy.typing as npt

__all__ = ["hexadecimal", "key_of", "mix", "mix_array", "rng_of", "uniforms", "unmix"]

Ints = npt.NDArray[np.int64]
UInts = npt.NDArray[np.uint64]
#: Text of fixed width, with a dtype such as V16, which keeps every byte, unlike S16.
Texts = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]

_MASK = (1 << 64) - 1
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_FIRST_INVERSE = pow(_FIRST, -1, 1 << 64)
_SECOND_INVERSE = pow(_SECOND, -1, 1 << 64)

#: The four hexadecimal digits of every 16-bit number.
_HEX = np.frombuffer(np.arange(1 << 16, dtype=">u2").tobytes().hex().encode(), dtype=np.uint32)


def key_of(*parts: object) -> int:
    """Return a 64-bit key for a named stream; `hash()` would differ between processes."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def rng_of(*parts: object) -> random.Random:
    """Return an ordinary generator for a named stream, for data generated once and in order."""
    return random.Random(key_of(*parts))


def mix(value: int) -> int:
    """Scramble a 64-bit integer, one to one."""
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)


def unmix(value: int) -> int:
    """Return the integer that `mix` turned into this one."""
    value = value ^ (value >> 31) ^ (value >> 62)
    value = (value * _SECOND_INVERSE) & _MASK
    value = value ^ (value >> 27) ^ (value >> 54)
    value = (value * _FIRST_INVERSE) & _MASK
    return value ^ (value >> 30) ^ (value >> 60)


def mix_array(values: UInts) -> UInts:
    """Apply `mix` elementwise."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(_FIRST)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(_SECOND)
    return values ^ (values >> np.uint64(31))


def uniforms(key: int, positions: Ints) -> Floats:
    """Return the numbers in [0, 1) at these positions of the stream named by `key`.

    Parameters
    ----------
    key : int
        The stream, from `key_of`.
    positions : numpy.ndarray of int64
        The positions in the stream.
    """
    mixed = mix_array(mix_array(positions.astype(np.uint64)) ^ np.uint64(key))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def hexadecimal(values: UInts) -> Texts:
    """Return sixteen hexadecimal digits for each value, as an array of dtype V16."""
    quarters = values.astype(">u8").view(">u2").astype(np.intp).reshape(len(values), 4)
    return _HEX[quarters].view("V16").ravel()
