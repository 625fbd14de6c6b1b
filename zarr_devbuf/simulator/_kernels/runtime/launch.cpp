// Runs a grid: its blocks in turn, and their threads as threads.cpp says.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launch.h"

extern "C" {
zdb_launch* zdb_current;
static sigjmp_buf failed;
static double deadline;
void zdb_yield(void);

static double now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

void zdb_fail(int status) {
    zdb_current->status = status;
    zdb_current->at_block = blockIdx, zdb_current->at_thread = threadIdx;
    siglongjmp(failed, 1);
}

void zdb_tick(void) {
    if (now() > deadline) zdb_fail(ZDB_TIMEOUT);
    zdb_yield();
}

static void run(zdb_launch* launch) {
    if (sigsetjmp(failed, 0)) return;
    unsigned n = launch->block.x * launch->block.y * launch->block.z;
    for (unsigned z = 0; z < launch->grid.z; z++)
        for (unsigned y = 0; y < launch->grid.y; y++)
            for (unsigned x = 0; x < launch->grid.x; x++) {
                blockIdx = {x, y, z};
                // New shared memory is not zero, so that reading it before writing shows.
                memset(zdb_dynamic_shared, 0xA5, launch->shared_bytes);
                if (!zdb_run_block(n)) zdb_fail(ZDB_DEADLOCK);
            }
}

void zdb_run(zdb_launch* launch) {
    launch->status = ZDB_OK, launch->address = nullptr, launch->size = 0, launch->message[0] = 0;
    if (!zdb::memory_begin(launch)) {
        launch->status = ZDB_NO_MEMORY;
        zdb::memory_end(launch, false);
        return;
    }
    zdb_current = launch;
    blockDim = launch->block, gridDim = launch->grid;
    deadline = now() + launch->timeout;
    zdb::signals_begin();
    run(launch);
    zdb::signals_end();
    zdb_free_stacks();
    zdb_current = nullptr;
    if (!zdb::memory_end(launch, launch->status == ZDB_OK)) {
        launch->status = ZDB_ILLEGAL_ADDRESS;
        launch->at_block = launch->at_thread = {~0u, ~0u, ~0u};
    }
    fflush(stdout);
}

void zdb_assert_failed(const char* expression, const char* file, unsigned line, const char* function) {
    snprintf(zdb_current->message, sizeof zdb_current->message,
             "%s:%u: %s: block: [%u,%u,%u], thread: [%u,%u,%u] Assertion `%s` failed.", file, line,
             function, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z,
             expression);
    zdb_fail(ZDB_ASSERT);
}
void zdb_trap(void) { zdb_fail(ZDB_TRAP); }
void zdb_no_grid_sync(void) {
    if (gridDim.x * gridDim.y * gridDim.z != 1) zdb_fail(ZDB_GRID_SYNC);
    zdb_syncthreads();
}
int zdb_printf(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = vprintf(format, arguments);
    va_end(arguments);
    return n;
}
long long zdb_clock(void) {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}
}
