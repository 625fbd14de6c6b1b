// What kernels and the runtime share. The runtime runs the threads of a grid; it is linked into
// each object that the compiler makes of a kernel's source.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct __attribute__((aligned(4))) uint3 { unsigned x, y, z; };

extern "C" {
extern uint3 threadIdx, blockIdx, blockDim, gridDim;
extern char zdb_dynamic_shared[];

void zdb_syncthreads(void);
int zdb_syncthreads_vote(int kind, int predicate);
void zdb_syncwarp(unsigned mask);
unsigned zdb_lane(void);
unsigned zdb_activemask(void);
uint64_t zdb_shuffle(unsigned mask, uint64_t value, unsigned source);
unsigned zdb_ballot(unsigned mask, int predicate);
unsigned zdb_match_any(unsigned mask, uint64_t value);

// An atomic operation is not interrupted by other threads of the block.
extern int zdb_atomic_depth;
void zdb_assert_failed(const char* expression, const char* file, unsigned line, const char* function);
void zdb_trap(void);
void zdb_no_grid_sync(void);
int zdb_printf(const char* format, ...);
long long zdb_clock(void);
void zdb_nanosleep(void);
void* zdb_memcpy(void* target, const void* source, size_t n);
void* zdb_memmove(void* target, const void* source, size_t n);
void* zdb_memset(void* target, int value, size_t n);

// One parameter of a kernel: its size in bytes, and 'p' for a pointer, 'i', 'u', 'f' or 's'.
struct zdb_parameter { uint32_t size; char kind; };
struct zdb_kernel {
    const char* name;                       // as it was asked for
    void (*thread)(void** parameters);      // runs one thread
    const void* address;
    const zdb_parameter* parameters;
    uint32_t count;
    const zdb_kernel* next;
};
}
