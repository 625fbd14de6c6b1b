"""Finds the kernels in CUDA C++, and rewrites what no host compiler accepts."""

from __future__ import annotations

import re

__all__ = ["find_kernels", "has_conditions", "kernel_table", "rewrite"]

# Comments, literals and preprocessor lines; not the "C" of `extern "C"`.
_HIDDEN = re.compile(
    r'//(?:[^\\\n]|\\.|\\\n)*|/\*.*?(?:\*/|\Z)|R"(\w*)\(.*?\)\1"|"(?!C")(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*",
    re.DOTALL | re.MULTILINE,
)
_TOKEN = re.compile(r'extern\s*"C"|"C"|\w+|::|\S')
_DYNAMIC = re.compile(
    r"(extern\s+(?:__align__\s*\(\s*\d+\s*\)\s*|alignas\s*\([^)]*\)\s*)?__shared__\s+"
    r"[^;=()]*(?:\([^)]*\)[^;=()]*)?\[\s*\])\s*;"
)
_STATIC = re.compile(r"\bstatic\s+__shared__|\b__shared__\s+static\b")
_NO_NAMES = {"__launch_bounds__", "__attribute__", "__align__", "__maxnreg__", "__cluster_dims__"}


def rewrite(source: str) -> str:
    """Return the source with its declarations of shared memory as the prelude needs them.

    ``extern __shared__ T x[];`` is memory whose size the launch gives; all of them are the same.
    The number of lines stays.
    """
    if "__shared__" not in source:
        return source
    source = _DYNAMIC.sub(
        lambda found: found[1].replace("__shared__", "") + " ZDB_DYNAMIC;", source
    )
    return _STATIC.sub("__shared__", source)


def has_conditions(source: str) -> bool:
    """Return whether the preprocessor may leave out a part of a source."""
    return re.search(r"^[ \t]*#[ \t]*if", source, re.MULTILINE) is not None


def find_kernels(source: str) -> dict[str, str]:
    """Return the kernels with C linkage that a source defines.

    Returns
    -------
    dict
        For each name, an expression for its address.
    """
    hidden = _HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)
    hidden = hidden.replace("\\\n", " \n")
    tokens = _TOKEN.findall(hidden)
    found: dict[str, str] = {}
    # What each open brace belongs to: "C" for linkage, a namespace's name, or something else.
    scopes: list[str | None] = []
    start = 0
    for position, word in enumerate(tokens):
        if word == "{":
            scopes.append(_scope(tokens[start:position]))
            start = position + 1
        elif word == "}":
            if scopes:
                scopes.pop()
            start = position + 1
        elif word == ";":
            start = position + 1
        elif word == "__global__":
            before = tokens[start:position]
            own = any(one.endswith('"C"') for one in before)
            name, parameters = _signature(tokens, position + 1)
            if name and (own or "C" in scopes) and None not in scopes and "template" not in before:
                spaces = [scope for scope in scopes if scope not in (None, "C", "")]
                address = "&" + "::".join(["", *map(str, spaces), name])
                if not spaces:
                    # There may be functions of the same name in headers.
                    address = f"static_cast<void (*){parameters}>({address})"
                found.setdefault(name, address)
    return found


def _scope(before: list[str]) -> str | None:
    if before and before[-1].endswith('"C"'):
        return "C"
    if "namespace" in before:
        return "::".join(before[before.index("namespace") + 1 :]).replace("::::", "::")
    return None


def _signature(tokens: list[str], position: int) -> tuple[str, str]:
    """Return the word before the first parentheses that are not an attribute's, and these."""
    while position < len(tokens) and tokens[position] not in (";", "{"):
        if tokens[position] == "(":
            start = position
            position = _closing(tokens, start)
            name = tokens[start - 1]
            if name not in _NO_NAMES:
                is_name = re.fullmatch(r"[A-Za-z_]\w*", name) is not None
                return name if is_name else "", " ".join(tokens[start : position + 1])
        position += 1
    return "", ""


def _closing(tokens: list[str], position: int) -> int:
    depth = 0
    for place in range(position, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place], 0)
        if not depth:
            return place
    return len(tokens) - 1


def kernel_table(kernels: dict[str, str]) -> str:
    """Return C++ that lists kernels with functions to run them, for the end of a source.

    Parameters
    ----------
    kernels
        For each name, the expression that refers to the kernel.
    """
    lines = ['\n#line 1 "kernels"']
    before = "nullptr"
    for number, (name, expression) in enumerate(kernels.items()):
        is_address = expression.startswith(("&", "static_cast<"))
        address = expression if is_address else f"&{expression}"
        launcher = f"zdb::Launcher<({address})>"
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        lines.append(
            f"static const zdb_kernel zdb_kernel_{number} = {{{quoted}, &{launcher}::thread, "
            f"(const void*)({address}), {launcher}::parameters, {launcher}::count, {before}}};"
        )
        before = f"&zdb_kernel_{number}"
    lines.append('extern "C" { extern const zdb_kernel* const zdb_kernels; }')
    lines.append(f"const zdb_kernel* const zdb_kernels = {before};\n")
    return "\n".join(lines)
