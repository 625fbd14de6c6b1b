"""CUDA C++ kernels, compiled for the host and run on simulated device memory."""
