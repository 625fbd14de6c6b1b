"""A module that ends the process that imports it."""

from __future__ import annotations

import os
import sys

if "pytest" not in sys.modules:
    os._exit(9)

Codec = None
