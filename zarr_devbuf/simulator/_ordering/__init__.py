"""The order of work on streams: clocks, events, accesses to memory, and hazards."""
