// The whole runtime, as one unit.
#include "signals.cpp"
#include "launch.cpp"
#include "memory.cpp"
#include "threads.cpp"
