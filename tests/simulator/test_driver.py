"""Contexts of the driver, errors of cuSPARSE, pinned arrays and warnings of sparse matrices."""

from __future__ import annotations

import pickle
import threading

import numpy as np
import pytest

from zarr_devbuf import simulate_gpu
from zarr_devbuf.simulator import set_device_count


def test_a_thread_has_a_context_when_it_has_used_a_device() -> None:
    found = []
    with simulate_gpu(force=True):
        import cupy
        from cupy.cuda import driver

        def look() -> None:
            found.append(driver.ctxGetCurrent())
            cupy.cuda.Device().use()
            found.append(driver.ctxGetCurrent())

        cupy.arange(1)
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert found == [0, driver.ctxGetCurrent()]
        assert driver.streamGetCtx(cupy.cuda.Stream().ptr) == driver.ctxGetCurrent()


def test_each_device_has_a_context() -> None:
    set_device_count(2)
    try:
        with simulate_gpu(force=True):
            import cupy
            from cupy.cuda import driver

            first = driver.ctxGetCurrent()
            with cupy.cuda.Device(1):
                assert driver.ctxGetDevice() == 1
                assert driver.ctxGetCurrent() != first
            assert driver.ctxGetDevice() == 0
    finally:
        set_device_count(1)


def test_an_error_of_cusparse_has_its_name_and_text() -> None:
    with simulate_gpu(force=True):
        from cupy.cuda import cusparse

        error = cusparse.CuSparseError(1)
        assert str(error) == "CUSPARSE_STATUS_NOT_INITIALIZED: initialization error"
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_pinned_array_without_elements_has_the_strides_of_numpy() -> None:
    with simulate_gpu(force=True):
        import cupyx

        assert cupyx.empty_pinned((1, 0, 2)).strides == np.empty((1, 0, 2)).strides


def test_the_warnings_of_sparse_matrices_are_those_of_scipy() -> None:
    scipy_sparse = pytest.importorskip("scipy.sparse")
    with simulate_gpu(force=True):
        import cupy
        import cupyx.scipy.sparse as sparse

        assert sparse.SparseEfficiencyWarning is scipy_sparse.SparseEfficiencyWarning
        matrix = sparse.csr_matrix(cupy.eye(2))
        with pytest.warns(sparse.SparseEfficiencyWarning):
            _ = matrix == matrix
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            _ = sparse.nothing
