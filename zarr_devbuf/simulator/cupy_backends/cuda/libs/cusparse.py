"""``cupy_backends.cuda.libs.cusparse``: its errors."""

from __future__ import annotations

from typing import Final

__all__ = ["CuSparseError"]

_STATUSES: Final = {
    1: ("NOT_INITIALIZED", "initialization error"),
    2: ("ALLOC_FAILED", "out of memory"),
    3: ("INVALID_VALUE", "invalid value"),
    4: ("ARCH_MISMATCH", "architecture mismatch"),
    5: ("MAPPING_ERROR", "texture memory mapping error"),
    6: ("EXECUTION_FAILED", "kernel launch failure"),
    7: ("INTERNAL_ERROR", "internal error"),
    8: ("MATRIX_TYPE_NOT_SUPPORTED", "matrix type not supported"),
    9: ("ZERO_PIVOT", "zero pivot"),
    10: ("NOT_SUPPORTED", "operation not supported"),
    11: ("INSUFFICIENT_RESOURCES", "insufficient resources"),
}


class CuSparseError(RuntimeError):
    """An error of cuSPARSE; ``status`` is its number.

    Parameters
    ----------
    status
        The number.
    """

    def __init__(self, status: int) -> None:
        self.status = status
        name, text = _STATUSES.get(status, (str(status), "unknown error"))
        super().__init__(f"CUSPARSE_STATUS_{name}: {text}")

    def __reduce__(self) -> tuple[type[CuSparseError], tuple[int]]:
        return type(self), (self.status,)
