"""The sources of random bits: cuRAND's names, with NumPy's numbers."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import numpy as np

from zarr_devbuf.simulator._core.construction import normalize_shape
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.host_copy import download
from zarr_devbuf.simulator._core.storage import DeviceArray, wrap

__all__ = ["XORWOW", "BitGenerator", "MRG32k3a", "Philox4x3210"]

_THREADS = 8 * 256


class BitGenerator:
    """The base of the sources of random bits.

    Parameters
    ----------
    seed
        ``None``, an integer, a sequence of integers, an array, or a ``numpy.random.SeedSequence``.
    """

    __module__ = "cupy.random._bit_generator"

    def __init__(self, seed: Any = None) -> None:
        self.lock = threading.Lock()
        if isinstance(seed, DeviceArray):
            seed = download(seed)
        given = isinstance(seed, np.random.SeedSequence)
        self._seed_seq = seed if given else np.random.SeedSequence(seed)
        self._current_device_id = current_id()

    def random_raw(self, size: Any = None, output: bool = True) -> Any:
        """Raise ``NotImplementedError``; a subclass returns random bits."""
        raise NotImplementedError("Not implemented in base BitGenerator")

    def _state_size(self) -> int:
        return 0

    def _check_device(self) -> None:
        if current_id() != self._current_device_id:
            raise RuntimeError("This Generator state is allocated in a different device")


class _CuRandGenerator(BitGenerator):
    """A generator whose state is on the device that was current when it was made."""

    generator: ClassVar[int]
    _numpy_class: ClassVar[Any]

    def __init__(self, seed: Any = None, *, size: int = -1) -> None:
        super().__init__(seed)
        self._size = _THREADS if size < 0 else size
        first = self._seed_seq.generate_state(1, np.uint32)[0]
        self._numpy = np.random.Generator(self._numpy_class(int(first)))

    def random_raw(self, size: Any = None, output: bool = True) -> Any:
        """Return random bits as ``int32``; ``None`` if there is to be no output."""
        self._check_device()
        shape = () if size is None else normalize_shape(size)
        limits = np.iinfo(np.int32)
        drawn = self._numpy.integers(limits.min, limits.max, shape, np.int32, endpoint=True)
        return wrap(np.asarray(drawn)) if output else None

    def _state_size(self) -> int:
        return self._size


class XORWOW(_CuRandGenerator):
    """cuRAND's default."""

    __module__ = "cupy.random._bit_generator"
    generator = 0
    _numpy_class = np.random.PCG64


class MRG32k3a(_CuRandGenerator):
    """A combined multiple recursive generator."""

    __module__ = "cupy.random._bit_generator"
    generator = 1
    _numpy_class = np.random.MT19937


class Philox4x3210(_CuRandGenerator):
    """A counter-based generator."""

    __module__ = "cupy.random._bit_generator"
    generator = 2
    _numpy_class = np.random.Philox
