"""Write chunks through a codec inside a real array and read them back, stage by stage."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import zarr
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec
from zarr.registry import get_codec_class
from zarr.storage import MemoryStore

from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import record_transfers, transfer_guard

if TYPE_CHECKING:
    import numpy.typing as npt
    from zarr.abc.store import Store

    from zarr_devbuf.audit.cases import Case
    from zarr_devbuf.audit.codecs import Codec
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.transfers import Transfer

__all__ = ["Done", "Outcome", "Stage", "Stopped", "round_trip"]

type Stage = Literal["hold", "accept", "encode", "reopen", "decode"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """
    A round trip that did not come to its end.

    Attributes
    ----------
    stage : str
        Where it stopped: moving the data to the device (``"hold"``), creating the array
        (``"accept"``), writing (``"encode"``), opening it again (``"reopen"``), reading
        (``"decode"``).
    error : BaseException
        What stopped it.
    """

    stage: Stage
    error: BaseException


@dataclass(frozen=True, slots=True)
class Done:
    """
    A round trip that came to its end.

    Attributes
    ----------
    values : numpy.ndarray
        What came back, on the host.
    came_as : type
        The class of array in which it came back.
    owned : bool
        Whether it came back in memory of the backend.
    transfers : tuple of Transfer
        What crossed between host and device while chunks were written and read, in order.
    """

    values: npt.NDArray[Any]
    came_as: type = np.ndarray
    owned: bool = True
    transfers: tuple[Transfer, ...] = ()


type Outcome = Done | Stopped


def round_trip(codec: Codec, case: Case, backend: Backend | None) -> Outcome:
    """
    Write one case's array through `codec` and read it back from the store.

    Parameters
    ----------
    codec : Codec
        The codec; zarr's defaults stand for the rest of the pipeline, without compression.
    case : Case
        The array.
    backend : Backend or None
        Where the data lives and whose store looks on; None for zarr's own buffers on the host,
        in a plain `zarr.storage.MemoryStore`.

    Returns
    -------
    Done or Stopped
        What came back, or how far it came. What a codec raises is never raised, except for
        `KeyboardInterrupt`.
    """
    with ExitStack() as stack:
        store: Store
        if backend is None:
            stack.enter_context(
                zarr.config.set(
                    {"buffer": "zarr.buffer.cpu.Buffer", "ndbuffer": "zarr.buffer.cpu.NDBuffer"}
                )
            )
            store = MemoryStore()
        else:
            stack.enter_context(use_backend(backend))
            store = backend.StoreExpectingTestBuffer()
        # Host memory where device memory is due is counted, not refused: whether the values come
        # out right all the same is the difference between two verdicts.
        stack.enter_context(transfer_guard("allow"))
        return _stages(codec, case, backend, store)


def _stages(codec: Codec, case: Case, backend: Backend | None, store: Store) -> Outcome:
    stage: Stage = "hold"
    try:
        data = case.data()
        moved = data if backend is None else backend.from_host(data)
        stage = "accept"
        array: zarr.Array[Any] = zarr.create_array(
            store,
            shape=case.shape,
            chunks=case.chunks,
            dtype=case.dtype,
            # Comparing chunks with the fill value is zarr's doing, not the codec's.
            config={"write_empty_chunks": True},
            **_place(codec),
        )
        stage = "encode"
        with record_transfers() as written:
            array[...] = moved
        stage = "reopen"
        # Read as a stranger would, from the metadata alone, where zarr can find the codec. Metadata
        # is zarr's business: what it moves is not counted.
        reader = zarr.open_array(store, mode="r") if _reopens(codec) else array
        stage = "decode"
        with record_transfers() as read:
            result = reader[...]
        if backend is None:
            return Done(np.asarray(result))
        owned = backend.owns(result)
        values = np.asarray(backend.to_host(result) if owned else result)
        return Done(values, type(result), owned, (*written, *read))
    except KeyboardInterrupt:
        raise
    # A codec may raise anything; that is what the audit is here to report.
    except BaseException as error:  # noqa: BLE001
        return Stopped(stage, error)


def _place(codec: Codec) -> dict[str, Any]:
    if isinstance(codec, ArrayArrayCodec):
        return {"filters": [codec], "compressors": None}
    if isinstance(codec, ArrayBytesCodec):
        return {"filters": None, "serializer": codec, "compressors": None}
    return {"filters": None, "compressors": [codec]}


def _reopens(codec: Codec) -> bool:
    """Tell whether zarr would choose this very class for the metadata the codec writes."""
    name = codec.to_dict()["name"]
    known = getattr(zarr.registry, "_codec_registries", {})
    return name in known and get_codec_class(str(name)) is type(codec)
