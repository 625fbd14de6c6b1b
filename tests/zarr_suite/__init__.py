"""Runs the tests of the installed zarr, which its sdist ships, with our classes in the way."""
