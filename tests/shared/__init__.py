"""Device-parametrised tests: written once, collected by ``tests/cpu`` and ``tests/gpu``.

Each module holds tests that take the plugin's `backend` fixture. ``tests/cpu/test_X.py`` imports
those of ``tests/shared/X.py`` and runs them on the backends that ``--backend`` names;
``tests/gpu/test_X.py`` runs them on CuPy alone.
"""
