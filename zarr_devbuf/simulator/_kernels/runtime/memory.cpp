// Device memory during a launch: each allocation stands alone between unmapped pages, at the
// address that programs know. All accesses are checked where the compiler calls the functions that
// it calls for its thread sanitizer; else the slack behind an allocation is compared afterwards.
#include <sys/mman.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"

static const unsigned char kSlack = 0xCB;
static char *last_start, *last_end;         // of the region of the last access

static size_t mapped(uint64_t nbytes) {
    static const size_t page = size_t(sysconf(_SC_PAGESIZE));
    return (nbytes + page - 1) / page * page;
}

namespace zdb {
bool memory_begin(zdb_launch* launch) {
    last_start = last_end = nullptr;
    for (uint64_t i = 0; i < launch->count; i++) {
        zdb_region& r = launch->regions[i];
        r.snapshot = nullptr;
        if (r.host == r.device) continue;
        size_t size = mapped(r.nbytes);
        // Without MAP_FIXED: an address that is in use is not taken away from its owner.
        void* got = mmap(r.device, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED) return false;
        if (got != r.device) { munmap(got, size); return false; }
        r.snapshot = (char*)malloc(r.nbytes ? r.nbytes : 1);
        if (!r.snapshot) { munmap(got, size); return false; }
        memcpy(r.snapshot, r.host, r.nbytes);
        memcpy(r.device, r.snapshot, r.nbytes);
        memset(r.device + r.nbytes, kSlack, size - r.nbytes);
    }
    return true;
}

// Writes back what the kernel changed, byte by byte: other host threads may write elsewhere in
// the same allocation at the same time.
static void write_back(zdb_region& r) {
    const size_t step = 4096;
    for (size_t start = 0; start < r.nbytes; start += step) {
        size_t n = r.nbytes - start < step ? r.nbytes - start : step;
        char *now = r.device + start, *before = r.snapshot + start, *host = r.host + start;
        if (!memcmp(now, before, n)) continue;
        for (size_t i = 0; i < n; i++)
            if (now[i] != before[i]) host[i] = now[i];
    }
}

bool memory_end(zdb_launch* launch, bool keep) {
    bool clean = true;
    for (uint64_t i = 0; i < launch->count && keep; i++) {
        zdb_region& r = launch->regions[i];
        if (!r.snapshot) continue;
        for (char *p = r.device + r.nbytes, *end = r.device + mapped(r.nbytes); p < end && clean; p++)
            if ((unsigned char)*p != kSlack) {
                clean = false;
                launch->address = p, launch->size = 1, launch->is_write = 1;
            }
    }
    for (uint64_t i = 0; i < launch->count; i++) {
        zdb_region& r = launch->regions[i];
        if (!r.snapshot) continue;
        if (keep && clean) write_back(r);
        munmap(r.device, mapped(r.nbytes));
        free(r.snapshot);
        r.snapshot = nullptr;
    }
    return clean;
}
}  // namespace zdb

#if defined(__ELF__)
extern "C" __attribute__((visibility("hidden"))) char __ehdr_start[], _end[];
static bool in_this_object(char* address) { return address >= __ehdr_start && address < _end; }
#else
static bool in_this_object(char*) { return true; }
#endif

static bool allowed(char* a, size_t n) {
    zdb_launch* launch = zdb_current;
    if (!launch) return true;
    for (uint64_t i = 0; i < launch->count; i++) {
        zdb_region& r = launch->regions[i];
        if (a >= r.device && a < r.device + r.nbytes) {
            last_start = r.device, last_end = r.device + r.nbytes;
            return size_t(last_end - a) >= n;
        }
    }
    if (a >= launch->device_start && a < launch->device_end) return false;
    if (a >= zdb_dynamic_shared && a < zdb_dynamic_shared + ZDB_DYNAMIC_SHARED)
        return a + n <= zdb_dynamic_shared + launch->shared_bytes;
    return in_this_object(a);
}

static void check_slowly(char* a, size_t n, bool write) {
    if (allowed(a, n)) return;
    zdb_current->address = a, zdb_current->size = n, zdb_current->is_write = write;
    zdb_fail(ZDB_ILLEGAL_ADDRESS);
}

static inline void check(void* pointer, size_t n, bool write) {
    char* a = (char*)pointer;
    if (--zdb_budget < 0) zdb_tick();
    if (a >= last_start && a < last_end && size_t(last_end - a) >= n) return;
    if (a >= zdb_stack && a < zdb_stack_end) return;
    if (n) check_slowly(a, n, write);
}

static inline void check_aligned(void* pointer, size_t n, bool write) {
    check(pointer, n, write);
    if ((uintptr_t)pointer & (n - 1) && zdb_current) {
        zdb_current->address = (char*)pointer, zdb_current->size = n, zdb_current->is_write = write;
        zdb_fail(ZDB_MISALIGNED);
    }
}

extern "C" {
#define HOOKS(N) \
    void __tsan_read##N(void* a) { check_aligned(a, N, false); } \
    void __tsan_write##N(void* a) { check_aligned(a, N, true); } \
    void __tsan_read_write##N(void* a) { check_aligned(a, N, true); } \
    void __tsan_unaligned_read##N(void* a) { check(a, N, false); } \
    void __tsan_unaligned_write##N(void* a) { check(a, N, true); } \
    void __tsan_unaligned_read_write##N(void* a) { check(a, N, true); }
HOOKS(1) HOOKS(2) HOOKS(4) HOOKS(8) HOOKS(16)
void __tsan_read_range(void* a, size_t n) { check(a, n, false); }
void __tsan_write_range(void* a, size_t n) { check(a, n, true); }
void __tsan_vptr_update(void** a, void*) { check(a, sizeof *a, true); }
void __tsan_vptr_read(void** a) { check(a, sizeof *a, false); }
void __tsan_func_entry(void*) {}
void __tsan_func_exit(void) {}
void __tsan_init(void) {}

void* zdb_memcpy(void* target, const void* source, size_t n) {
    check((void*)source, n, false), check(target, n, true);
    return memcpy(target, source, n);
}
void* zdb_memmove(void* target, const void* source, size_t n) {
    check((void*)source, n, false), check(target, n, true);
    return memmove(target, source, n);
}
void* zdb_memset(void* target, int value, size_t n) {
    check(target, n, true);
    return memset(target, value, n);
}
void* __tsan_memcpy(void* t, const void* s, size_t n) { return zdb_memcpy(t, s, n); }
void* __tsan_memmove(void* t, const void* s, size_t n) { return zdb_memmove(t, s, n); }
void* __tsan_memset(void* t, int v, size_t n) { return zdb_memset(t, v, n); }

// Lists the words in a host buffer that may be addresses of device memory; returns their number.
uint64_t zdb_find_addresses(const char* host, uint64_t nbytes, uint64_t start, uint64_t end,
                            uint64_t* found, uint64_t room) {
    uint64_t count = 0;
    for (uint64_t i = 0; i + 8 <= nbytes; i += 8) {
        uint64_t word;
        memcpy(&word, host + i, 8);
        if (word < start || word >= end) continue;
        if (count < room) found[count] = word;
        count++;
    }
    return count;
}
}
