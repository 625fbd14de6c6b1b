"""``RawKernel`` and ``RawModule``: kernels that a program gives as CUDA C++."""

# ruff: noqa: SLF001 - the state of functions is private to this package.
# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import pickle
import warnings
from typing import Any

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.errors import CUDADriverError, not_implemented
from zarr_devbuf.simulator._core.memory import MemoryPointer
from zarr_devbuf.simulator._core.properties import COMPUTE_CAPABILITY
from zarr_devbuf.simulator._functions.memoization import memoize
from zarr_devbuf.simulator._kernels.launch import MAX_THREADS
from zarr_devbuf.simulator.cupy.cuda.compiler import compile_module

__all__ = ["RawKernel", "RawModule"]

_VERSION = 2
_ATTRIBUTES = (
    "max_threads_per_block", "shared_size_bytes", "const_size_bytes", "local_size_bytes",
    "num_regs", "ptx_version", "binary_version", "cache_mode_ca", "max_dynamic_shared_size_bytes",
    "preferred_shared_memory_carveout",
)  # fmt: skip


@memoize(for_each_device=True)
def _module_of(
    code: str,
    options: tuple[str, ...],
    backend: str,
    translate_cucomplex: bool,  # noqa: ARG001 - modules with other settings are others
    enable_cooperative_groups: bool,  # noqa: ARG001
    name_expressions: tuple[str, ...] | None,
    log_stream: Any = None,
    wanted: str | None = None,
) -> Any:
    if backend != "nvrtc":
        if backend == "nvcc":
            raise not_implemented("cupy.RawKernel with backend='nvcc'")
        raise ValueError(f"Invalid backend {backend}")
    return compile_module(code, options, name_expressions, log_stream=log_stream, wanted=wanted)


def _warn_of_jitify(jitify: Any) -> None:
    if jitify is None:
        return
    if jitify:
        raise not_implemented("cupy.RawKernel with jitify=True")
    warnings.warn(
        "The jitify argument is deprecated and staged for removal in CuPy v15.0. Avoid passing "
        "`jitify=False` to silence this warning.",
        DeprecationWarning,
        stacklevel=3,
    )


def _check(name: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(
            f"Argument '{name}' has incorrect type (expected {kind.__name__}, "
            f"got {type(value).__name__})"
        )


class RawKernel:
    """A kernel that a program gives as CUDA C++.

    It is compiled for the host when it is first called. It must have C linkage (``extern "C"``).

    Parameters
    ----------
    code, name
        The source, and the name of the kernel in it.
    options
        Options of NVRTC; those that concern the machine code of a GPU have no effect.
    backend
        ``"nvrtc"``.
    translate_cucomplex
        Without effect: ``cuComplex.h`` is there.
    enable_cooperative_groups
        A barrier of the whole grid works for a single block.
    jitify
        Not implemented.
    """

    __module__ = "cupy"

    def __init__(
        self,
        code: str,
        name: str,
        options: tuple[str, ...] = (),
        backend: str = "nvrtc",
        *,
        translate_cucomplex: bool = False,
        enable_cooperative_groups: bool = False,
        jitify: Any = None,
    ) -> None:
        _check("code", code, str)
        _check("name", name, str)
        _check("options", options, tuple)
        _check("backend", backend, str)
        _warn_of_jitify(jitify)
        self.code = code
        self.name = self.__name__ = name
        self.options = options
        self.backend = backend
        self.translate_cucomplex = bool(translate_cucomplex)
        self.enable_cooperative_groups = bool(enable_cooperative_groups)
        self.jitify = jitify
        self.file_path: str | None = None
        self.name_expressions: tuple[str, ...] | None = None
        self._kernels: dict[int, Any] = {}

    def __call__(
        self, grid: tuple[int, ...], block: tuple[int, ...], args: Any, **kwargs: Any
    ) -> None:
        """Run the kernel, and return when it is done; ``shared_mem`` is in bytes."""
        self.kernel(
            grid, block, args, enable_cooperative_groups=self.enable_cooperative_groups, **kwargs
        )

    @property
    def kernel(self) -> Any:
        """The ``cupy.cuda.Function`` on this thread's device; it is compiled if necessary."""
        return self._function()

    def _function(self, log_stream: Any = None) -> Any:
        device = current_id()
        function = self._kernels.get(device)
        if function is None:
            key = (
                self.code,
                self.options,
                self.backend,
                self.translate_cucomplex,
                self.enable_cooperative_groups,
                self.name_expressions,
                log_stream,
            )
            module = _module_of(*key)
            if self.name not in module._host.kernels and "#define" in self.code:
                # A macro may make it.
                module = _module_of(*key, self.name)
            function = self._kernels[device] = module.get_function(self.name)
        return function

    def compile(self, log_stream: Any = None) -> None:
        """Compile the kernel now."""
        self._kernels = {}
        self._function(log_stream)

    def __reduce__(self) -> Any:
        # The class is called `cupy.RawKernel`, and CuPy need not be replaced.
        return _blank, (), self.__getstate__()

    def __getstate__(self) -> dict[str, Any]:
        names = (
            "code", "name", "options", "backend", "translate_cucomplex", "file_path",
            "name_expressions", "enable_cooperative_groups", "jitify",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {"raw_ver": _VERSION}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if state.get("raw_ver") != _VERSION:
            raise pickle.UnpicklingError(
                "The pickled RawKernel object is not supported by the current CuPy version. It "
                "should not be used. Please recompile."
            )
        vars(self).update({name: value for name, value in state.items() if name != "raw_ver"})
        self.__name__ = self.name
        self._kernels = {}

    @property
    def attributes(self) -> dict[str, int]:
        """The attributes of the kernel, by name: those of the simulated device."""
        return {name: getattr(self, name) for name in _ATTRIBUTES}

    @property
    def max_threads_per_block(self) -> int:
        """The largest number of threads in a block."""
        return self._constant(MAX_THREADS)

    @property
    def shared_size_bytes(self) -> int:
        """0: static shared memory is not counted."""
        return self._constant(0)

    @property
    def const_size_bytes(self) -> int:
        """0: constant memory is not counted."""
        return self._constant(0)

    @property
    def local_size_bytes(self) -> int:
        """0: local memory is not counted."""
        return self._constant(0)

    @property
    def num_regs(self) -> int:
        """The registers of a thread, with which a block of the largest size fits a GPU."""
        return self._constant(32)

    @property
    def ptx_version(self) -> int:
        """The compute capability of the simulated device, as 10 * major + minor."""
        return self._constant(10 * COMPUTE_CAPABILITY[0] + COMPUTE_CAPABILITY[1])

    @property
    def binary_version(self) -> int:
        """The compute capability of the simulated device, as 10 * major + minor."""
        return self.ptx_version

    @property
    def cache_mode_ca(self) -> int:
        """0: the option is not set."""
        return self._constant(0)

    @property
    def max_dynamic_shared_size_bytes(self) -> int:
        """The dynamic shared memory that a launch may have, in bytes; it can be set."""
        limit: int = self.kernel._shared_limit
        return limit

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, nbytes: int) -> None:
        self.kernel._limit_shared(nbytes)

    @property
    def preferred_shared_memory_carveout(self) -> int:
        """The preferred share of shared memory in percent, -1 by default; it has no effect."""
        carveout: int = getattr(self.kernel, "_carveout", -1)
        return carveout

    @preferred_shared_memory_carveout.setter
    def preferred_shared_memory_carveout(self, fraction: int) -> None:
        if not -1 <= fraction <= 100:
            raise CUDADriverError(1)
        self.kernel._carveout = fraction

    def _constant(self, value: int) -> int:
        """Return an attribute; the kernel must compile to have it."""
        _ = self.kernel
        return value


def _blank() -> RawKernel:
    return RawKernel.__new__(RawKernel)


class RawModule:
    """CUDA C++ with several kernels, and with global variables.

    Parameters
    ----------
    code
        The source.
    path
        Not implemented: machine code of a GPU cannot run here.
    name_expressions
        Kernels without C linkage, such as instances of templates: ``"f<int>"``.
    options, backend, translate_cucomplex, enable_cooperative_groups, jitify
        As for ``RawKernel``.
    """

    __module__ = "cupy"

    def __init__(
        self,
        *,
        code: str | None = None,
        path: str | None = None,
        options: tuple[str, ...] = (),
        backend: str = "nvrtc",
        translate_cucomplex: bool = False,
        enable_cooperative_groups: bool = False,
        name_expressions: Any = None,
        jitify: Any = None,
    ) -> None:
        if (code is None) == (path is None):
            raise TypeError("Exactly one of `code` and `path` keyword arguments must be given.")
        _check("options", options, tuple)
        if name_expressions is not None:
            if code is None:
                raise ValueError("need CUDA C++ code for the requested kernels")
            if backend != "nvrtc":
                raise ValueError(
                    "only nvrtc supports retrieving the mangled names for the given name "
                    "expressions"
                )
            name_expressions = tuple(name_expressions)
        _warn_of_jitify(jitify)
        self.code = code
        self.file_path = path
        self.options = options
        self.backend = backend if path is None else "nvcc"
        self.translate_cucomplex = bool(translate_cucomplex)
        self.enable_cooperative_groups = bool(enable_cooperative_groups)
        self.name_expressions = name_expressions
        self.jitify = jitify

    @property
    def module(self) -> Any:
        """The ``cupy.cuda.Module`` on this thread's device; it is compiled if necessary."""
        return self._module()

    def _module(self, log_stream: Any = None) -> Any:
        if self.code is None:
            raise not_implemented("cupy.RawModule with path=")
        return _module_of(
            self.code,
            self.options,
            self.backend,
            self.translate_cucomplex,
            self.enable_cooperative_groups,
            self.name_expressions,
            log_stream,
        )

    def compile(self, log_stream: Any = None) -> None:
        """Compile the module now."""
        self._module(log_stream)

    def get_function(self, name: str) -> RawKernel:
        """Return a kernel, by its name or by one of the name expressions."""
        _check("name", name, str)
        mapping = self.module.mapping or {}
        kernel = RawKernel(
            self.code,  # type: ignore[arg-type]  # `module` has checked it
            mapping.get(name, name),
            self.options,
            self.backend,
            translate_cucomplex=self.translate_cucomplex,
            enable_cooperative_groups=self.enable_cooperative_groups,
        )
        kernel.name_expressions = self.name_expressions
        _ = kernel.kernel
        return kernel

    def get_global(self, name: str) -> MemoryPointer:
        """Return a pointer to a global variable, also one in constant memory."""
        return MemoryPointer(self.module._variable(name), 0)
