"""``cupy.random``: NumPy's numbers, with CuPy's dtypes, shapes and errors."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator.cupy.random import _distributions, _generator_api
from zarr_devbuf.simulator.cupy.random._bit_generator import (
    XORWOW,
    BitGenerator,
    MRG32k3a,
    Philox4x3210,
)
from zarr_devbuf.simulator.cupy.random._generator import (
    RandomState,
    get_random_state,
    reset_states,
    seed,
    set_random_state,
)
from zarr_devbuf.simulator.cupy.random._permutations import permutation, shuffle
from zarr_devbuf.simulator.cupy.random._sample import (
    choice,
    multinomial,
    rand,
    randint,
    randn,
    random_integers,
    random_sample,
)

random = ranf = sample = random_sample
globals().update({name: getattr(_distributions, name) for name in _distributions.__all__})


def bytes(length: int) -> Any:  # noqa: A001 - CuPy's name
    """Return random bytes of the host."""
    return np.random.bytes(length)  # noqa: NPY002 - as in CuPy, from the global state


def default_rng(seed: Any = None) -> Any:
    """Return a generator for a seed, or for a source of random bits."""
    if isinstance(seed, _generator_api.Generator):
        return seed
    return _generator_api.Generator(seed if isinstance(seed, BitGenerator) else XORWOW(seed))


def __getattr__(name: str) -> Any:
    # As in CuPy, `dir()` does not list the class.
    if name == "Generator":
        return _generator_api.Generator
    raise AttributeError(f"module 'cupy.random' has no attribute {name!r}")


__all__ = [  # noqa: PLE0604
    "XORWOW",
    "BitGenerator",
    "MRG32k3a",
    "Philox4x3210",
    "RandomState",
    "bytes",
    "choice",
    "default_rng",
    "get_random_state",
    "multinomial",
    "permutation",
    "rand",
    "randint",
    "randn",
    "random",
    "random_integers",
    "random_sample",
    "ranf",
    "reset_states",
    "sample",
    "seed",
    "set_random_state",
    "shuffle",
    *_distributions.__all__,
]
