"""Compilers, the cache of compiled objects, sources and options."""

# ruff: noqa: E501 - the lines of kernels
from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.kernels.program import kernel
from zarr_devbuf import get_backend
from zarr_devbuf.simulator import CUDARuntimeError
from zarr_devbuf.simulator._kernels import build as building
from zarr_devbuf.simulator._kernels.build import build
from zarr_devbuf.simulator._kernels.cache import cache_folder, cached
from zarr_devbuf.simulator._kernels.compiler import find_compiler
from zarr_devbuf.simulator._kernels.options import UnknownOptionError, host_options
from zarr_devbuf.simulator._kernels.source import find_kernels, rewrite

cupy: Any = get_backend("sim").xp
_SOURCE = 'extern "C" __global__ void f(int* x) { x[threadIdx.x] = 3; }'


def _run(source: str = _SOURCE, **options: Any) -> Any:
    x = cupy.zeros(4, "i4")
    cupy.RawModule(code=source, **options).get_function("f")((1,), (4,), (x,))
    return x.get().tolist()


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no modules that are loaded."""
    for name in ("CUPY_CACHE_DIR", "CUPY_CACHE_IN_MEMORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cupy.clear_memo()
    return tmp_path / "zarr-devbuf" / "kernels"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands that run."""
    commands: list[tuple[str, ...]] = []
    run = vars(building)["run"]

    def counted(command: tuple[str, ...]) -> Any:
        commands.append(command)
        return run(command)

    monkeypatch.setitem(vars(building), "run", counted)
    return commands


def _without_compiler(monkeypatch: pytest.MonkeyPatch, path: Path, *, zig: bool) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(path))
    find = importlib.util.find_spec
    if not zig:
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: None if name == "ziglang" else find(name)
        )


def test_without_a_compiler_the_error_says_what_to_install(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_compiler(monkeypatch, tmp_path, zig=False)
    wanted = (
        r"need a C\+\+ compiler.* Install g\+\+ or clang\+\+.*pip install 'zarr-devbuf\[kernels\]'"
    )
    with pytest.raises(NotImplementedError, match=wanted):
        _run()
    with pytest.raises(NotImplementedError, match=wanted):
        cupy.ElementwiseKernel("T x", "T y", "y = x", "none")(cupy.arange(3))
    # What needs none works.
    assert cupy.fuse(lambda x: x + 1)(cupy.arange(2)).get().tolist() == [1, 2]
    assert not list(fresh.glob("*.so"))


def test_a_compiler_that_does_not_exist(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "/no/such/compiler -O3")
    with pytest.raises(
        NotImplementedError, match="CXX names '/no/such/compiler -O3', which does not"
    ):
        _run()


def test_the_compiler_of_the_package_ziglang(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("the package ziglang is not installed")
    _without_compiler(monkeypatch, tmp_path, zig=True)
    assert find_compiler().identity.startswith("ziglang")
    assert _run() == [3] * 4
    assert len(list(fresh.glob("*.so"))) == 1


_EVERYTHING = """
#include <zdb/prelude.h>
#include <cooperative_groups.h>
#include <cuComplex.h>
#include <cuda_fp16.h>
extern "C" __global__ void f(float* x, int n) {
    __shared__ float s[64];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    s[threadIdx.x] = __expf(x[i]); __syncthreads();
    float a, b; __sincosf(x[i], &a, &b); atomicAdd(x, a + b);
    x[i] += __shfl_down_sync(~0u, s[threadIdx.x], 1) + __half2float(__float2half(a)) + i / n;
    if (__any_sync(~0u, i)) printf("%d", __popc(n));
}"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("target", ["aarch64-macos", "x86_64-macos", "aarch64-linux-gnu"])
def test_it_compiles_for_other_machines(tmp_path: Path, target: str) -> None:
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("the package ziglang is not installed")
    folder = Path(building.__file__).parent
    source = tmp_path / "kernel.cpp"
    source.write_text(_EVERYTHING)
    zig = (sys.executable, "-m", "ziglang", "c++", "-target", target, "-std=gnu++17", "-w")
    include = ("-I", str(folder / "include"), "-DZDB_DYNAMIC_SHARED=4096")
    for file in (source, folder / "runtime" / "runtime.cpp"):
        command = (*zig, *include, "-c", str(file), "-o", str(tmp_path / "out.o"))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_options_in_cxx_and_stacks_without_assembler(
    compiler: Any, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "ziglang" in compiler.identity:
        pytest.skip("it is not named by CXX")
    monkeypatch.setenv("CXX", f"{compiler.compile[0]} -DZDB_UCONTEXT")
    source = """extern "C" __global__ void f(int* x) {
        __shared__ int s[4]; s[threadIdx.x] = threadIdx.x; __syncthreads(); x[threadIdx.x] = s[3 - threadIdx.x];
        x[threadIdx.x] += __shfl_sync(15, threadIdx.x, 2) * 10; }"""
    assert _run(source) == [23, 22, 21, 20]
    assert len(list(fresh.glob("*.so"))) == 1
    f = kernel(cupy, "if (threadIdx.x) *(int*)8 = 1; __syncthreads();", "int* x")
    with pytest.raises(CUDARuntimeError, match="illegal memory access"):
        f((1,), (4,), (cupy.zeros(1, "i4"),))
    assert _run(source.replace("* 10", "* 100")) == [203, 202, 201, 200]


def test_writes_are_found_without_hooks(
    compiler: Any, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(building, "_hooks", lambda _: ())
    f = kernel(cupy, "x[n] = 3;", "int* x, int n")
    x = cupy.zeros(10, "i4")
    for n in (10, 11, 1000, 5000, -1):
        with pytest.raises(CUDARuntimeError, match=f"kernel 'f'.* at offset {4 * n} of argument 0"):
            f((1,), (1,), (x, n))
    assert not x.any()
    f((1,), (1,), (x, 9))
    assert int(x[9]) == 3


@pytest.mark.usefixtures("compiler")
def test_objects_are_kept_by_content(fresh: Path, compilations: list[Any]) -> None:
    assert _run() == [3] * 4
    first = len(compilations)
    assert first > 0
    cupy.clear_memo()
    assert _run() == [3] * 4
    assert len(compilations) == first
    # Comments, options and name expressions are content.
    for source, options in ((_SOURCE + "//", ()), (_SOURCE, ("-DX",))):
        before = len(compilations)
        assert _run(source, options=options) == [3] * 4
        assert len(compilations) == before + 2
    assert not list(fresh.glob("unfinished*"))
    assert len(list(fresh.glob("*.so"))) == 3


@pytest.mark.usefixtures("compiler")
def test_a_source_that_does_not_compile_leaves_nothing(fresh: Path) -> None:
    for _ in range(2):
        with pytest.raises(cupy.cuda.compiler.CompileException, match=r"kernel.cu:1:.*nonsense"):
            _run(_SOURCE.replace("3", "nonsense"))
    assert not list(fresh.glob("*.so"))
    assert not list(fresh.glob("unfinished*"))


def test_where_objects_are_kept(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == fresh
    monkeypatch.setenv("CUPY_CACHE_DIR", str(tmp_path / "cupys"))
    assert cache_folder() == tmp_path / "cupys" / "zarr-devbuf"
    monkeypatch.setenv("CUPY_CACHE_IN_MEMORY", "1")
    assert tmp_path not in cache_folder().parents
    monkeypatch.setenv("CUPY_CACHE_IN_MEMORY", "0")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CUPY_CACHE_DIR", str(tmp_path / "file"))
    assert tmp_path not in cache_folder().parents
    monkeypatch.delenv("CUPY_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().is_relative_to(tmp_path)


def test_files_appear_whole(fresh: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("half")
        assert [one for one in fresh.iterdir() if not one.name.startswith("unfinished-")] == []
        path.write_text("whole")

    assert cached(("a", "bc"), ".txt", make).read_text() == "whole"
    assert cached(("a", "bc"), ".txt", make).read_text() == "whole"
    assert len(made) == 1

    def fail(path: Path) -> None:
        path.write_text("half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cached(("ab", "c"), ".txt", fail)
    assert len(list(fresh.iterdir())) == 1


@pytest.mark.usefixtures("compiler")
def test_processes_compile_at_the_same_time(fresh: Path) -> None:
    program = (
        "from zarr_devbuf import get_backend; cupy = get_backend('sim').xp; x = cupy.zeros(4, 'i4');"
        f"cupy.RawKernel({_SOURCE!r}, 'f')((1,), (4,), (x,)); assert (x == 3).all()"
    )
    command = [sys.executable, "-c", program]
    for process in [subprocess.Popen(command) for _ in range(3)]:
        assert process.wait(300) == 0
    assert len(list(fresh.glob("*.so"))) == 1
    assert not list(fresh.glob("unfinished*"))


@pytest.mark.usefixtures("compiler")
def test_modules_have_their_own_global_variables() -> None:
    source = '__device__ int n; extern "C" __global__ void f(int* x) { x[0] = ++n; }'

    def call() -> int:
        x = cupy.zeros(1, "i4")
        cupy.RawKernel(source, "f")((1,), (1,), (x,))
        return int(x[0])

    assert [call(), call()] == [1, 2]
    cupy.clear_memo()
    assert call() == 1


@pytest.mark.usefixtures("compiler")
def test_printf_writes_to_the_output_of_the_process(capfd: pytest.CaptureFixture[str]) -> None:
    f = kernel(cupy, 'printf("thread %d of %u: %.2f\\n", threadIdx.x, blockDim.x, 0.5);', "")
    f((1,), (2,), ())
    assert capfd.readouterr().out == "thread 0 of 2: 0.50\nthread 1 of 2: 0.50\n"


@pytest.mark.usefixtures("compiler")
def test_kernels_can_be_pickled() -> None:
    import pickle

    f = pickle.loads(pickle.dumps(cupy.RawKernel(_SOURCE, "f", options=("-DX",))))
    x = cupy.zeros(4, "i4")
    f((1,), (4,), (x,))
    assert (f.name, f.options, x.get().tolist()) == ("f", ("-DX",), [3] * 4)


@pytest.mark.usefixtures("compiler")
def test_generated_codes() -> None:
    f = cupy.ElementwiseKernel("T x", "T y", "y = x * 3", "thrice")
    with pytest.warns(UserWarning, match="No codes are cached"):
        assert f.cached_codes == {}
    f(cupy.arange(3, dtype="i4"))
    assert "y = x * 3" in f.cached_code
    assert list(f.cached_codes) == [(cupy.dtype("i4"), cupy.dtype("i4"))]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: cupy.RawKernel("", "f", backend="nvcc").compile(), "nvcc"),
        (lambda: cupy.RawModule(path="x.cubin").compile(), "path="),
        (lambda: cupy.RawKernel("", "f", jitify=True), "jitify"),
        (lambda: cupy.cuda.Module().load(b""), "Module.load"),
        (lambda: cupy.ElementwiseKernel("T x", "T y", "y = x")(cupy.zeros(2, "i4,i4")), "dtype"),
    ],
)
def test_what_is_not_modelled_is_refused_by_name(make: Any, name: str) -> None:
    with pytest.raises(NotImplementedError, match=name):
        make()


@pytest.mark.usefixtures("compiler")
def test_a_barrier_of_several_blocks_is_refused() -> None:
    before = "#include <cooperative_groups.h>"
    f = kernel(cupy, "cooperative_groups::this_grid().sync(); x[0] = 1;", "int* x", before,
               enable_cooperative_groups=True)  # fmt: skip
    x = cupy.zeros(1, "i4")
    f((1,), (32,), (x,))
    assert int(x[0]) == 1
    with pytest.raises(NotImplementedError, match="barrier of several blocks"):
        f((2,), (32,), (x,))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('extern "C" __global__ void f(int* x) {}', ["f"]),
        ('extern "C"\n__global__ void __launch_bounds__(128, 2) f(int* x) {}', ["f"]),
        ('extern "C" { __global__ void f() {} __global__ void g() {} } __global__ void h() {}', ["f", "g"]),
        ('/* extern "C" __global__ void a() {} */ // __global__ void b()\nextern "C" __global__ void c();', ["c"]),
        ('const char* s = "extern \\"C\\" __global__ void a() {}"; extern "C" __global__ void b() {}', ["b"]),
        ('#define K extern "C" __global__ void a() {}\nextern "C" __global__ void b() {}', ["b"]),
        ('extern "C" __global__ void __attribute__((used)) f(int (*x)[3]) {}', ["f"]),
        ('template <class T> __global__ void a(T x) {} extern "C" __global__ void b() {}', ["b"]),
        ("int x = 1'000; extern \"C\" __global__ void f() {}", ["f"]),
        ("", []),
    ],
)  # fmt: skip
def test_kernels_in_a_source(source: str, expected: list[str]) -> None:
    assert list(find_kernels(source)) == expected


def test_shared_memory_is_rewritten() -> None:
    assert "ZDB_DYNAMIC;" in rewrite("extern __shared__ float x[];")
    assert "ZDB_DYNAMIC;" in rewrite("extern __shared__ __align__(16) unsigned char x[];")
    assert "ZDB_DYNAMIC;" in rewrite("extern __align__(16)\n__shared__ double2 x [ ];")
    assert rewrite("static __shared__ int x[3];") == "__shared__ int x[3];"
    assert rewrite("extern int x[];") == "extern int x[];"


def test_options_of_nvrtc() -> None:
    flags, macros = host_options(
        ("--std=c++11", "-I/a", "-I", "/b", "--include-path=/c", "-DA", "-DB=2", "-U", "C",
         "-arch=sm_80", "--gpu-architecture", "compute_80", "-ftz=true", "--use_fast_math")
    )  # fmt: skip
    assert flags == ("-std=gnu++17", "-I", "/a", "-I", "/b", "-I", "/c")
    assert macros == "#define A 1\n#define B 2\n#undef C\n"
    assert host_options(("-std=c++20",))[0] == ("-std=gnu++20",)
    for option in ("--nonsense", "-fno-such", "word"):
        with pytest.raises(UnknownOptionError, match=f"unrecognized option {option} found"):
            host_options((option,))


@pytest.mark.usefixtures("compiler")
def test_headers_of_the_program(tmp_path: Path) -> None:
    (tmp_path / "mine.h").write_text("#define VALUE 3\n")
    source = '#include "mine.h"\n' + _SOURCE.replace("3", "VALUE")
    assert _run(source, options=(f"-I{tmp_path}",)) == [3] * 4


@pytest.mark.usefixtures("compiler")
def test_sources_are_built_without_the_simulators_arrays() -> None:
    assert build(_SOURCE) == build(_SOURCE)
