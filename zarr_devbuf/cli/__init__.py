"""The command ``zarr-devbuf``; it needs click and rich, which the extra ``cli`` installs."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; if a library is missing, print how to install it."""
    try:
        from zarr_devbuf.cli.app import commands  # noqa: PLC0415 - click and rich are optional
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.stderr.write(
            f"zarr-devbuf: the command line needs {error.name}, which is not installed: "
            'pip install "zarr-devbuf[cli]"\n'
        )
        sys.exit(2)
    commands(prog_name="zarr-devbuf")
