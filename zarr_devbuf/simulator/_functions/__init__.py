"""The functions of CuPy's namespace, by subject; `namespace` puts them together."""
