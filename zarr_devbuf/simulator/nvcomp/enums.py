"""The enumerations of nvCOMP, which are not those of Python: they are numbers as well."""

# ruff: noqa: SLF001 - the numbers of members are private to this module.

from __future__ import annotations

from typing import Any, ClassVar

from zarr_devbuf.simulator.nvcomp._signatures import signature
from zarr_devbuf.simulator.nvcomp._version import api_version

__all__ = [
    "EXPORTED",
    "ArrayBufferKind",
    "BitcompMode",
    "BitshuffleMode",
    "BitstreamKind",
    "CascadedCoarseGrainedEncoding",
    "CascadedFineGrainedEncoding",
    "CascadedMode",
    "CascadedTerminalCodec",
    "ChecksumPolicy",
    "DecompressBackend",
    "ExecutionPolicy",
    "Flags",
    "Member",
]


class _Members(type):
    @property
    def __members__(cls: Any) -> dict[str, Any]:
        """The members, by name."""
        return dict(cls._members)


class Member(metaclass=_Members):
    """A member of an enumeration; ``Kind(value)`` gives one for a number, known or not."""

    __module__ = "nvidia.nvcomp.nvcomp_impl"
    __slots__ = ("_value",)

    _members: ClassVar[dict[str, Any]] = {}
    # Whether members are equal to their number, and to members of other enumerations.
    _is_number: ClassVar[bool] = True

    def __init_subclass__(cls, **values: int) -> None:
        if values:
            cls.__module__ = Member.__module__
            cls._members = {name: cls(value) for name, value in values.items()}
            for name, member in cls._members.items():
                setattr(cls, name, member)

    @signature("(self: object, value: int) -> None")
    def __init__(self, value: int) -> None:
        self._value = value

    @property
    def name(self) -> str:
        """The name of the member, ``"???"`` for a number that has none."""
        found = (name for name, member in self._members.items() if member._value == self._value)
        return next(found, "???")

    @property
    def value(self) -> int:
        """The number of the member."""
        return self._value

    def __repr__(self) -> str:
        return f"<{type(self).__name__}.{self.name}: {self._value}>"

    def __str__(self) -> str:
        return f"{type(self).__name__}.{self.name}"

    def __int__(self) -> int:
        return self._value

    __index__ = __int__

    def __hash__(self) -> int:
        return hash(self._value)

    def __eq__(self, other: object) -> bool:
        if self._numeric():
            return other is not None and not isinstance(other, str) and self._value == other
        return type(other) is type(self) and self._value == other._value

    @classmethod
    def _numeric(cls) -> bool:
        return cls._is_number

    def __getstate__(self) -> int:
        return self._value

    def __setstate__(self, state: int) -> None:
        self._value = state

    def __reduce__(self) -> Any:
        return type(self), (self._value,)


class Flags(Member):
    """A member that is ordered, and that can be combined to a number."""

    __slots__ = ()

    def __lt__(self, other: Any) -> bool:
        return self._value < int(other)

    def __gt__(self, other: Any) -> bool:
        return self._value > int(other)

    def __le__(self, other: Any) -> bool:
        return self._value <= int(other)

    def __ge__(self, other: Any) -> bool:
        return self._value >= int(other)

    def __and__(self, other: Any) -> int:
        return self._value & int(other)

    __rand__ = __and__

    def __or__(self, other: Any) -> int:
        return self._value | int(other)

    __ror__ = __or__

    def __xor__(self, other: Any) -> int:
        return self._value ^ int(other)

    __rxor__ = __xor__

    def __invert__(self) -> int:
        return ~self._value


class ArrayBufferKind(Member, STRIDED_DEVICE=1, STRIDED_HOST=2):
    """Where the memory of an array is: on the device, or on the host."""

    __slots__ = ()
    STRIDED_DEVICE: ClassVar[ArrayBufferKind]
    STRIDED_HOST: ClassVar[ArrayBufferKind]


class BitcompMode(
    Member, BITCOMP_LOSSLESS=0, BITCOMP_LOSSY_FP_TO_SIGNED=1, BITCOMP_LOSSY_FP_TO_UNSIGNED=2
):
    """Whether Bitcomp quantizes floating-point numbers; the simulator does not."""

    __slots__ = ()

    BITCOMP_LOSSLESS: ClassVar[BitcompMode]
    BITCOMP_LOSSY_FP_TO_SIGNED: ClassVar[BitcompMode]
    BITCOMP_LOSSY_FP_TO_UNSIGNED: ClassVar[BitcompMode]


class BitshuffleMode(
    Member, NVCOMP_BITSHUFFLE_NONE=0, NVCOMP_BITSHUFFLE_MSB_FIRST=1, NVCOMP_BITSHUFFLE_LSB_FIRST=2
):
    """Whether, and from which end, LZ4 sorts the bits of elements by their significance."""

    __slots__ = ()

    NVCOMP_BITSHUFFLE_NONE: ClassVar[BitshuffleMode]
    NVCOMP_BITSHUFFLE_MSB_FIRST: ClassVar[BitshuffleMode]
    NVCOMP_BITSHUFFLE_LSB_FIRST: ClassVar[BitshuffleMode]


class BitstreamKind(Member, NVCOMP_NATIVE=0, RAW=1, WITH_UNCOMPRESSED_SIZE=2):
    """What stands before the compressed bytes: a header of nvCOMP's, nothing, or the size."""

    __slots__ = ()
    NVCOMP_NATIVE: ClassVar[BitstreamKind]
    RAW: ClassVar[BitstreamKind]
    WITH_UNCOMPRESSED_SIZE: ClassVar[BitstreamKind]
    _is_number = False


class CascadedCoarseGrainedEncoding(Member, NONE=0):
    """Encodings of Cascaded for the whole stream; there are none."""

    __slots__ = ()
    NONE: ClassVar[CascadedCoarseGrainedEncoding]


class CascadedFineGrainedEncoding(Flags, NONE=0, DELTA=1, RLE=2, FOR=4):
    """Encodings that Cascaded may choose for each internal chunk."""

    __slots__ = ()
    NONE: ClassVar[CascadedFineGrainedEncoding]
    DELTA: ClassVar[CascadedFineGrainedEncoding]
    RLE: ClassVar[CascadedFineGrainedEncoding]
    FOR: ClassVar[CascadedFineGrainedEncoding]


class CascadedMode(Member, ASYMMETRIC=1, SYMMETRIC=2):
    """Whether Cascaded favours the ratio, or compresses as fast as it decompresses."""

    __slots__ = ()
    ASYMMETRIC: ClassVar[CascadedMode]
    SYMMETRIC: ClassVar[CascadedMode]


class CascadedTerminalCodec(Flags, UNSPECIFIED=0, CASCADED_BITPACK=1):
    """The last stage of Cascaded."""

    __slots__ = ()
    UNSPECIFIED: ClassVar[CascadedTerminalCodec]
    CASCADED_BITPACK: ClassVar[CascadedTerminalCodec]


class ChecksumPolicy(
    Member,
    NO_COMPUTE_NO_VERIFY=0,
    COMPUTE_AND_NO_VERIFY=1,
    NO_COMPUTE_AND_VERIFY_IF_PRESENT=2,
    COMPUTE_AND_VERIFY_IF_PRESENT=3,
    COMPUTE_AND_VERIFY=4,
):
    """Whether checksums are stored when compressing, and verified when decompressing."""

    __slots__ = ()

    NO_COMPUTE_NO_VERIFY: ClassVar[ChecksumPolicy]
    COMPUTE_AND_NO_VERIFY: ClassVar[ChecksumPolicy]
    NO_COMPUTE_AND_VERIFY_IF_PRESENT: ClassVar[ChecksumPolicy]
    COMPUTE_AND_VERIFY_IF_PRESENT: ClassVar[ChecksumPolicy]
    COMPUTE_AND_VERIFY: ClassVar[ChecksumPolicy]

    @classmethod
    def _numeric(cls) -> bool:
        return api_version() < 6


class DecompressBackend(
    Member,
    NVCOMP_DECOMPRESS_BACKEND_DEFAULT=0,
    NVCOMP_DECOMPRESS_BACKEND_HARDWARE=1,
    NVCOMP_DECOMPRESS_BACKEND_CUDA=2,
):
    """What decompresses; it makes no difference on the simulated device."""

    __slots__ = ()

    NVCOMP_DECOMPRESS_BACKEND_DEFAULT: ClassVar[DecompressBackend]
    NVCOMP_DECOMPRESS_BACKEND_HARDWARE: ClassVar[DecompressBackend]
    NVCOMP_DECOMPRESS_BACKEND_CUDA: ClassVar[DecompressBackend]


class ExecutionPolicy(Member, CONCURRENCY=0, LATENCY=1):
    """What kernels are optimized for; it makes no difference on the simulated device."""

    __slots__ = ()
    CONCURRENCY: ClassVar[ExecutionPolicy]
    LATENCY: ClassVar[ExecutionPolicy]
    _is_number = False


# The enumerations whose members are names of the module, too. Of members with the same name, the
# later one counts.
EXPORTED: tuple[type[Member], ...] = (
    ArrayBufferKind,
    BitcompMode,
    BitshuffleMode,
    CascadedFineGrainedEncoding,
    CascadedCoarseGrainedEncoding,
    CascadedMode,
    CascadedTerminalCodec,
    ChecksumPolicy,
    DecompressBackend,
)
