"""The memory-layout flags of a device array."""

from __future__ import annotations

__all__ = ["Flags"]

_NAMES = ("C_CONTIGUOUS", "F_CONTIGUOUS", "OWNDATA")


class Flags:
    """Read-only flags, as attributes and by NumPy's names in capitals."""

    def __init__(self, c_contiguous: bool, f_contiguous: bool, owndata: bool) -> None:
        self._c_contiguous = c_contiguous
        self._f_contiguous = f_contiguous
        self._owndata = owndata

    @property
    def c_contiguous(self) -> bool:
        """Contiguous in C order."""
        return self._c_contiguous

    @property
    def f_contiguous(self) -> bool:
        """Contiguous in Fortran order."""
        return self._f_contiguous

    @property
    def owndata(self) -> bool:
        """Whether the array owns its memory and is not a view."""
        return self._owndata

    @property
    def fnc(self) -> bool:
        """Fortran-contiguous and not C-contiguous."""
        return self._f_contiguous and not self._c_contiguous

    @property
    def forc(self) -> bool:
        """Contiguous in either order."""
        return self._f_contiguous or self._c_contiguous

    def __getitem__(self, name: str) -> bool:
        if name not in _NAMES:
            raise KeyError(f"{name} is not defined for cupy.ndarray.flags")
        flag: bool = getattr(self, name.lower())
        return flag

    def __repr__(self) -> str:
        return "\n".join(f"  {name} : {self[name]}" for name in _NAMES)
