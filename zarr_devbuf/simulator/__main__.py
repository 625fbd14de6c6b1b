"""``python -m zarr_devbuf.simulator``: run a program with a simulated GPU."""

from __future__ import annotations

import argparse
import runpy
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from zarr_devbuf.simulator import Device, device_count, limit_memory, set_device_count
from zarr_devbuf.simulator._replace.simulate import simulate_gpu

if TYPE_CHECKING:
    from types import TracebackType

DESCRIPTION = """\
Run a Python program with a simulated GPU: `import cupy` gives the simulator, and Zarr's GPU buffers
use it. The arguments, the exit status and the module `__main__` of the program are the same as with
`python`. Processes that the program starts have no simulated GPU, unless they are forked.
"""


def main() -> None:
    """Run the program that the command line names, until this process ends."""
    parser = _parser()
    options = parser.parse_args()
    given = [options.script, options.module, options.code]
    if sum(map(bool, given)) != 1:
        parser.error("expected a script, -m and a module, or -c and code")
    try:
        if options.devices is not None:
            set_device_count(options.devices)
        simulation = simulate_gpu(force=options.force)
        # Never undone: threads and exit handlers may run after the last line of the program.
        simulation.__enter__()
        if options.memory is not None:
            _limit_memory(options.memory)
    except (RuntimeError, ValueError) as error:
        parser.error(str(error))
    try:
        _run(options)
    except Exception as error:  # noqa: BLE001
        traceback = _without_our_frames(error.__traceback__)
        if traceback is None and isinstance(error, ImportError | OSError):
            parser.error(str(error))
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        raise SystemExit(1) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m zarr_devbuf.simulator",
        description=DESCRIPTION,
        usage="%(prog)s [options] (SCRIPT | -m MODULE | -c CODE) [arguments of the program]",
        allow_abbrev=False,
    )
    parser.add_argument("script", nargs=argparse.REMAINDER, metavar="SCRIPT", help="a program")
    parser.add_argument(
        "-m", dest="module", nargs=argparse.REMAINDER, metavar="MODULE", help="a module to run"
    )
    parser.add_argument(
        "-c", dest="code", nargs=argparse.REMAINDER, metavar="CODE", help="a program as a string"
    )
    parser.add_argument(
        "--devices", type=int, metavar="N", help="number of devices (default: SIM_DEVICES, or 1)"
    )
    parser.add_argument("--memory", type=int, metavar="BYTES", help="memory limit of each device")
    parser.add_argument(
        "--force", action="store_true", help="simulate a GPU even if CuPy can use a real device"
    )
    return parser


def _limit_memory(nbytes: int) -> None:
    for number in range(device_count()):
        with Device(number):
            limit_memory(nbytes)


def _run(options: argparse.Namespace) -> None:
    if options.module:
        sys.argv = options.module
        # Python has already put the working directory first on the path, as it does for -m.
        runpy.run_module(options.module[0], run_name="__main__", alter_sys=True)
    elif options.code:
        code, *arguments = options.code
        sys.argv = ["-c", *arguments]
        sys.path[0] = ""
        _run_as_main(code, "<string>")
    else:
        sys.argv = options.script
        script = Path(sys.argv[0])
        if script.is_dir() or zipfile.is_zipfile(script):
            runpy.run_path(sys.argv[0], run_name="__main__")
            return
        sys.path[0] = str(script.resolve().parent)
        # As python does: the path is absolute with unresolved links; the argument is unchanged.
        _run_as_main(script.read_bytes(), str(script.absolute()), __file__=str(script.absolute()))


def _run_as_main(source: str | bytes, filename: str, **names: str) -> None:
    code = compile(source, filename, "exec")
    module = sys.modules["__main__"] = ModuleType("__main__")
    vars(module).update(names)
    exec(code, vars(module))  # noqa: S102 - the user's program


def _without_our_frames(traceback: TracebackType | None) -> TracebackType | None:
    """Remove our frames and those of runpy, which the traceback of python does not have."""
    ours = {__file__, Path.read_bytes.__code__.co_filename, runpy.__file__, "<frozen runpy>"}
    while traceback is not None and traceback.tb_frame.f_code.co_filename in ours:
        traceback = traceback.tb_next
    return traceback


if __name__ == "__main__":
    main()
