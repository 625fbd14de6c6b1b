// The threads of a block, their barriers, and what the lanes of a warp exchange.
//
// Threads run in turn. A thread that must wait for others keeps its stack, and the next thread has
// another one; so a kernel without barriers needs a single stack.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "context.h"
#include "launch.h"

extern "C" {
uint3 threadIdx, blockIdx, blockDim, gridDim;
alignas(128) char zdb_dynamic_shared[ZDB_DYNAMIC_SHARED];
char *zdb_stack, *zdb_stack_end;
long zdb_budget;
int zdb_atomic_depth;
}

namespace {
const size_t kStack = 512 << 10, kGuard = 64 << 10;
const long kSlice = 1 << 20;                // accesses
const unsigned kThreads = 1024, kKept = 64;

struct Worker { char* stack; zdb::Context context; };
// One meeting of the lanes of a mask. Nobody can be two meetings ahead of a lane that has not read
// yet, so two sets of values are enough.
struct Exchange {
    uint64_t values[2][32];
    uint32_t present[2], mask, arrived, unread;
    unsigned generation;
    bool used;
};
const int kExchanges = 33;                  // each lane waits in one at most
struct Warp {
    Exchange exchanges[kExchanges];
    uint32_t alive;
    // Those that ask which lanes are together: `arrived`, and the answers to two groups of them.
    uint32_t arrived, together[2];
    unsigned generation;
};

zdb::Context scheduler;
Worker workers[kThreads];
unsigned made, idle[kThreads], idle_count;  // workers; those that wait for a thread to run
unsigned worker_of[kThreads], n_threads, next_thread, current, alive;
bool done[kThreads], progress;
Warp* warps;
unsigned barrier_arrived, barrier_generation;
int votes_and[2], votes_or[2], votes_count[2];

void set_thread(unsigned t) {
    current = t;
    threadIdx = {t % blockDim.x, t / blockDim.x % blockDim.y, t / blockDim.x / blockDim.y};
}

void leave() { zdb::change(&workers[worker_of[current]].context, &scheduler); }

void work() {
    for (;;) {
        while (next_thread < n_threads) {
            unsigned t = next_thread++, me = worker_of[current];
            worker_of[t] = me;
            set_thread(t);
            zdb_current->thread(zdb_current->parameters);
            done[current] = true;
            alive--;
            warps[current / 32].alive &= ~(1u << current % 32);
            progress = true;
        }
        unsigned me = worker_of[current];
        idle[idle_count++] = me;
        zdb::change(&workers[me].context, &scheduler);
    }
}

bool make_worker() {
    char* p = (char*)mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return false;
    mprotect(p, kGuard, PROT_NONE);
    workers[made].stack = p;
    zdb::prepare(&workers[made].context, p, kStack, work);
    idle[idle_count++] = made++;
    return true;
}

void enter(unsigned worker) {
    zdb_stack = workers[worker].stack + kGuard;
    zdb_stack_end = workers[worker].stack + kStack;
    zdb_budget = kSlice;
    zdb::change(&scheduler, &workers[worker].context);
}
}  // namespace

extern "C" {
int zdb_run_block(unsigned n) {
    if (!warps && !(warps = (Warp*)malloc(sizeof(Warp) * 32))) zdb_fail(ZDB_NO_MEMORY);
    n_threads = alive = n, next_thread = 0;
    memset(done, 0, n);
    for (unsigned w = 0; w < (n + 31) / 32; w++) {
        for (Exchange& e : warps[w].exchanges) e.used = false;
        warps[w].arrived = warps[w].generation = 0;
        warps[w].alive = n - w * 32 >= 32 ? ~0u : (1u << (n - w * 32)) - 1;
    }
    barrier_arrived = barrier_generation = 0;
    votes_and[0] = votes_and[1] = 1;
    votes_or[0] = votes_or[1] = votes_count[0] = votes_count[1] = 0;
    while (alive) {
        progress = false;
        for (unsigned t = 0; t < n; t++) {
            if (t >= next_thread) {
                if (!idle_count && !make_worker()) zdb_fail(ZDB_NO_MEMORY);
                current = t;
                worker_of[t] = idle[--idle_count];
                enter(worker_of[t]);
            } else if (!done[t]) {
                set_thread(t);
                enter(worker_of[t]);
            }
        }
        if (!progress) {
            snprintf(zdb_current->message, sizeof zdb_current->message,
                     "%u of %u threads wait for each other, %u of them in __syncthreads()", alive, n,
                     barrier_arrived);
            return 0;
        }
    }
    return 1;
}

// Forgets the threads that a failed launch has left, and gives back most of the memory.
void zdb_free_stacks(void) {
    bool failed = zdb_current->status != ZDB_OK;
    if (!failed && made <= kKept) return;
    for (unsigned i = 0; i < made; i++) munmap(workers[i].stack, kStack);
    made = idle_count = 0;
    zdb_atomic_depth = 0;
}

// The thread has made many accesses: it may wait for what another thread of the block writes.
void zdb_yield(void) {
    zdb_budget = kSlice;
    if (zdb_atomic_depth || alive == 1) return;
    progress = true;
    leave();
}

static int barrier(int kind, int predicate) {
    unsigned generation = barrier_generation, g = generation & 1;
    votes_and[g] &= !!predicate;
    votes_or[g] |= !!predicate;
    votes_count[g] += !!predicate;
    barrier_arrived++;
    progress = true;
    while (barrier_generation == generation) {
        if (barrier_arrived >= alive) {     // threads that have ended are not waited for
            barrier_arrived = 0;
            barrier_generation++;
            votes_and[!g] = 1, votes_or[!g] = votes_count[!g] = 0;
            progress = true;
            break;
        }
        leave();
    }
    return kind == 1 ? votes_and[g] : kind == 2 ? votes_or[g] : kind == 3 ? votes_count[g] : 0;
}

static Exchange* exchange_of(Warp& warp, uint32_t mask) {
    Exchange* free = nullptr;
    for (Exchange& e : warp.exchanges) {
        if (e.used && e.mask == mask) return &e;
        if (!e.used || (!e.arrived && !e.unread)) free = &e;
    }
    memset(free, 0, sizeof *free);
    free->used = true, free->mask = mask;
    return free;
}

// Each lane of the mask gives a value; returns the values of all.
static const uint64_t* meet(uint32_t mask, uint64_t value, uint32_t* present) {
    Warp& warp = warps[current / 32];
    Exchange& e = *exchange_of(warp, mask);
    unsigned generation = e.generation, lane = current % 32;
    e.values[generation & 1][lane] = value;
    e.arrived |= 1u << lane;
    e.unread |= 1u << lane;
    progress = true;
    while (e.generation == generation) {
        if ((e.arrived & mask & warp.alive) == (mask & warp.alive)) {
            e.present[generation & 1] = e.arrived;
            e.arrived = 0;
            e.generation++;
            progress = true;
            break;
        }
        leave();
    }
    e.unread &= ~(1u << lane);
    *present = e.present[generation & 1];
    return e.values[generation & 1];
}

void zdb_syncthreads(void) { barrier(0, 0); }
int zdb_syncthreads_vote(int kind, int predicate) { return barrier(kind, predicate); }
void zdb_syncwarp(unsigned mask) { uint32_t present; meet(mask, 0, &present); }
unsigned zdb_lane(void) { return current % 32; }
// The lanes that ask together: every other thread has gone on meanwhile as far as it could.
unsigned zdb_activemask(void) {
    Warp& warp = warps[current / 32];
    unsigned generation = warp.generation;
    warp.arrived |= 1u << current % 32;
    progress = true;
    leave();
    if (warp.generation == generation) {
        warp.together[generation & 1] = warp.arrived;
        warp.arrived = 0;
        warp.generation++;
        progress = true;
    }
    return warp.together[generation & 1];
}
// The value of the lane `source`; the caller's own if that lane does not take part.
uint64_t zdb_shuffle(unsigned mask, uint64_t value, unsigned source) {
    uint32_t present;
    const uint64_t* values = meet(mask, value, &present);
    return source < 32 && (present >> source & 1) ? values[source] : value;
}
unsigned zdb_ballot(unsigned mask, int predicate) {
    uint32_t present, bits = 0;
    const uint64_t* values = meet(mask, !!predicate, &present);
    for (int i = 0; i < 32; i++)
        if (present >> i & 1) bits |= uint32_t(values[i]) << i;
    return bits;
}
unsigned zdb_match_any(unsigned mask, uint64_t value) {
    uint32_t present, bits = 0;
    const uint64_t* values = meet(mask, value, &present);
    for (int i = 0; i < 32; i++)
        if (present >> i & 1 && values[i] == value) bits |= 1u << i;
    return bits;
}
void zdb_nanosleep(void) { zdb_yield(); }
}
