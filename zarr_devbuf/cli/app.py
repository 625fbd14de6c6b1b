"""The group of commands, and the command ``zarr-devbuf backends``."""

from __future__ import annotations

import click
from rich import box
from rich.table import Table
from rich.text import Text

from zarr_devbuf import __version__
from zarr_devbuf.audit.findings.json_document import backend_info
from zarr_devbuf.audit.text import printable
from zarr_devbuf.backend import backend_names
from zarr_devbuf.cli.audit import audit
from zarr_devbuf.cli.checks import checks
from zarr_devbuf.cli.output import console

__all__ = ["commands"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version")
def commands() -> None:
    """Test that Zarr codecs, stores and buffers are device-aware, with or without a GPU."""


commands.add_command(audit)
commands.add_command(checks)


@commands.command()
def backends() -> None:
    """List the backends: whether each is available, its devices and versions, or the reason."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in ("backend", "available", "devices, or reason", "versions"):
        table.add_column(column, overflow="fold")
    for name in backend_names():
        info = backend_info(name)
        devices = ", ".join(info.devices) if info.reason is None else info.reason
        table.add_row(
            Text(printable(name)),
            Text("yes", style="green") if info.reason is None else Text("no", style="red"),
            Text(printable(devices)),
            Text(printable(", ".join(f"{key} {value}" for key, value in info.versions.items()))),
        )
    console().print(table)
