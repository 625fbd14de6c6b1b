"""The options of NVRTC, as far as a host compiler has a counterpart."""

from __future__ import annotations

import re

__all__ = ["UnknownOptionError", "host_options"]

# Accepted without effect: they concern machine code of a GPU, or its precision.
_IGNORED = re.compile(
    r"--?(arch|gpu-architecture|gpu-code|ftz|prec-div|prec-sqrt|fmad|use_fast_math|extra-device-"
    r"vectorization|maxrregcount|lineinfo|generate-line-info|device-debug|device-c|dc|rdc|"
    r"relocatable-device-code|device-w|dw|restrict|default-device|device-as-default-execution-space|"
    r"disable-warnings|w|dopt|Xptxas|ptxas-options|opt-level|display-error-number|err-no|"
    r"no-display-error-number|no-err-no|diag-suppress|diag-error|diag-warn|builtin-move-forward|"
    r"builtin-initializer-list|dlto|dlink-time-opt|minimal|time|split-compile|pch|G|"
    r"version-ident|modify-stack-limit|extensible-whole-program|ewp|no-source-include|"
    r"brief-diagnostics|jump-table-density|device-stack-protector|fdevice-syntax-only|O\d)"
    r"(=.*)?"
)
_WITH_VALUE = ("-I", "-D", "-U", "--include-path", "--define-macro", "--undefine-macro",
               "--pre-include", "-include", "-arch", "--gpu-architecture", "-Xptxas",
               "--ptxas-options", "-maxrregcount", "--maxrregcount")  # fmt: skip
_HOSTS = {
    "--include-path": "-I",
    "-I": "-I",
    "--pre-include": "-include",
    "-include": "-include",
}
_DEFINE = ("-D", "--define-macro")
_UNDEFINE = ("-U", "--undefine-macro")
# The prelude needs C++17.
_LATER = ("20", "23")


class UnknownOptionError(ValueError):
    """NVRTC does not know an option."""


def host_options(options: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return the options of the host compiler for those of NVRTC, and the macros that they define.

    The macros are lines for the beginning of the source, behind the prelude, which must not see
    them.

    Raises
    ------
    UnknownOptionError
        If NVRTC does not have an option.
    """
    standard = "17"
    found: list[str] = []
    macros: list[str] = []
    pending = list(options)
    while pending:
        option = pending.pop(0)
        version = re.fullmatch(r"--?std=c\+\+(\w+)", option)
        if version:
            standard = version[1] if version[1] in _LATER else "17"
            continue
        name, value = _split(option)
        if value is None and name in _WITH_VALUE and pending:
            value = pending.pop(0)
        if name in _DEFINE and value is not None:
            macro, separator, text = value.partition("=")
            macros.append(f"#define {macro} {text if separator else 1}\n")
        elif name in _UNDEFINE and value is not None:
            macros.append(f"#undef {value}\n")
        elif name in _HOSTS and value is not None:
            found += [_HOSTS[name], value]
        elif not _IGNORED.fullmatch(option):
            raise UnknownOptionError(f"nvrtc: error: unrecognized option {option} found")
    return (f"-std=gnu++{standard}", *found), "".join(macros)


def _split(option: str) -> tuple[str, str | None]:
    for short in ("-I", "-D", "-U"):
        if option.startswith(short):
            return short, option[2:] or None
    name, separator, value = option.partition("=")
    return name, value if separator else None
