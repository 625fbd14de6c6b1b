"""Tell a store that takes none but the keys of Zarr's nodes from one that fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import zarr

from zarr_devbuf.checks.errors import Unsupported
from zarr_devbuf.checks.store.sample_values import HOST

if TYPE_CHECKING:
    from zarr_devbuf.checks.store.harness import Trial

__all__ = ["leave_if_for_nodes_only"]


def leave_if_for_nodes_only(case: Trial) -> None:
    """
    Leave a check that failed, where the store takes a chunk only once its array is described.

    Such a store (Icechunk is one) reads every metadata document that it is given, and refuses
    what belongs to no node. The checks of stores write values under keys of their own choice.

    Raises
    ------
    Unsupported
        Where the store refuses a key that it takes after the document of an array.
    """
    chunk = case.key("node/c/0")
    value = HOST.buffer.from_bytes(bytes(16))
    try:
        case.run(case.store.set(chunk, value))
    except Exception as error:
        try:
            case.run(
                case.store.set(case.key("node/zarr.json"), HOST.buffer.from_bytes(_document()))
            )
            case.run(case.store.set(chunk, value))
        except Exception:  # noqa: BLE001 - then it is no such store, and the check was right
            return
        line = next(iter(str(error).strip().splitlines()), "")
        raise Unsupported(
            "the store takes keys of arrays that exist, and no others "
            f"({type(error).__name__}: {line[:80]}); hold arrays in it to the checks: check_array"
        ) from error


def _document() -> bytes:
    array = zarr.create_array(
        {}, shape=(4,), chunks=(4,), dtype=np.dtype("i4"), compressors=None, zarr_format=3
    )
    return json.dumps(array.metadata.to_dict()).encode()
