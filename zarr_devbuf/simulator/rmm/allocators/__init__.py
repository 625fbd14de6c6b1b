"""``rmm.allocators``: allocators for other libraries."""

__all__: list[str] = []
