// The request of a launch, as Python fills it in, and how it ended.
#pragma once
#include "../include/zdb/runtime.h"

// Device memory of one allocation. If `host` is not `device`, the memory is copied to the address
// that programs know, for the time of the launch.
struct zdb_region {
    char* host;
    char* device;
    uint64_t nbytes;
    char* snapshot;
};

enum zdb_status {
    ZDB_OK, ZDB_NO_MEMORY, ZDB_ILLEGAL_ADDRESS, ZDB_DEADLOCK, ZDB_TIMEOUT, ZDB_ASSERT, ZDB_TRAP,
    ZDB_STACK_OVERFLOW, ZDB_MISALIGNED, ZDB_GRID_SYNC, ZDB_ARITHMETIC,
};

struct zdb_launch {
    void (*thread)(void** parameters);
    void** parameters;
    uint3 grid, block;
    uint64_t shared_bytes;
    zdb_region* regions;
    uint64_t count;
    char *device_start, *device_end;        // the addresses of all simulated devices
    double timeout;                         // seconds
    int32_t status, is_write;
    char* address;
    uint64_t size;
    uint3 at_block, at_thread;
    char message[512];
};

extern "C" {
// The state of the launch that runs: one at a time, the caller holds a lock.
extern zdb_launch* zdb_current;
extern char *zdb_stack, *zdb_stack_end;     // of the thread that runs
extern long zdb_budget;                     // accesses until the next thread has its turn

int zdb_run_block(unsigned threads);        // 0 for a deadlock
void zdb_free_stacks(void);
void zdb_tick(void);
[[noreturn]] void zdb_fail(int status);
}

namespace zdb {
bool memory_begin(zdb_launch* launch);
bool memory_end(zdb_launch* launch, bool keep);
void signals_begin();
void signals_end();
}
