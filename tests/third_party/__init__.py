"""GPU tests of other projects, run on the simulator: ``python -m tests.third_party``."""
