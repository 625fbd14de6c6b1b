"""Backends whose arrays take no, or wrong, assignments."""

from __future__ import annotations

import numpy as np

from tests.subjects.backends.model import Model, ModelArray, breaks

# Signatures are as short as the faults allow.
# mypy: disable-error-code="override, misc, no-untyped-def"


@breaks
class AssignsTheWholeFromTheFirst(Model):
    """Copies the first element of the value everywhere."""

    caught_by = {
        "assignment",
        "broadcast_assignment",
        "copy_from_host",
        "extremes",
        "large_assignment",
        "large_copies",
        "many_indices",
        "strided_assignment",
    }

    class array_type(ModelArray):
        def __setitem__(self, key, value):
            if isinstance(value, ModelArray) and value.size:
                value = value.ravel()[0]
            super().__setitem__(key, value)


@breaks
class ScalarsFillTheWhole(Model):
    caught_by = {
        "copy",
        "dimensions",
        "from_host",
        "scalar_assignment",
        "strided_assignment",
    }

    class array_type(ModelArray):
        def __setitem__(self, key, value):
            super().__setitem__(... if isinstance(value, int) else key, value)


@breaks
class DoesNotBroadcast(Model):
    caught_by = {"broadcast_assignment"}

    class array_type(ModelArray):
        def __setitem__(self, key, value):
            if isinstance(value, ModelArray) and np.shape(self[key]) != value.shape:
                raise ValueError("shapes differ")
            super().__setitem__(key, value)


@breaks
class StridedAssignmentGoesNowhere(Model):
    caught_by = {
        "broadcast_assignment",
        "dimensions",
        "large_assignment",
        "scalar_assignment",
        "strided_assignment",
        "view",
    }

    class array_type(ModelArray):
        def __setitem__(self, key, value):
            target = self.view(np.ndarray)[key]
            if isinstance(target, np.ndarray) and not target.flags.contiguous:
                target = target.copy()
                target[...] = value
            else:
                super().__setitem__(key, value)


@breaks
class AssignsNothingWithoutDimensions(Model):
    caught_by = {
        "copy_from_host",
        "dimensions",
        "from_host_copies",
        "ravel",
        "scalar_assignment",
        "to_host_copies",
        "zero_dimensional_assignment",
    }

    class array_type(ModelArray):
        def __setitem__(self, key, value):
            if not self.ndim:
                raise IndexError("too many indices")
            super().__setitem__(key, value)


@breaks
class FillsTheMemoryBetween(Model):
    caught_by = {"fill"}

    class array_type(ModelArray):
        def fill(self, value):
            (self if self.base is None else self.base).view(np.ndarray)[...] = value


@breaks
class FillClears(Model):
    caught_by = {
        "dimensions",
        "fill",
    }

    class array_type(ModelArray):
        def fill(self, value):
            super().fill(0)
