"""Generates the tutorial data of xarray, which its tests would download."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

xr: Any = importlib.import_module("xarray")


def _air_temperature(name: str, **kwargs: Any) -> Any:
    assert name == "air_temperature"
    shape = {"time": 40, "lat": 25, "lon": 53}
    values = np.random.default_rng(0).normal(280, 10, tuple(shape.values()))
    data = xr.Dataset({"air": (tuple(shape), values)})
    return data.chunk(kwargs["chunks"]) if "chunks" in kwargs else data


def pytest_configure() -> None:
    xr.tutorial.load_dataset = xr.tutorial.open_dataset = _air_temperature
