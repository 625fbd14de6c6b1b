// Barriers of a block, and what the lanes of a warp tell each other.
#pragma once

inline void __syncthreads() { zdb_syncthreads(); }
inline int __syncthreads_and(int p) { return zdb_syncthreads_vote(1, p); }
inline int __syncthreads_or(int p) { return zdb_syncthreads_vote(2, p); }
inline int __syncthreads_count(int p) { return zdb_syncthreads_vote(3, p); }
inline void __syncwarp(unsigned mask = ~0u) { zdb_syncwarp(mask); }
inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}
inline unsigned __activemask() { return zdb_activemask(); }
inline unsigned __ballot_sync(unsigned mask, int p) { return zdb_ballot(mask, p); }
inline int __any_sync(unsigned mask, int p) { return zdb_ballot(mask, p) != 0; }
inline int __all_sync(unsigned mask, int p) { return zdb_ballot(mask, !p) == 0; }
inline unsigned __lanemask_lt() { return (1u << zdb_lane()) - 1; }

namespace zdb {
template <class T> uint64_t word_of(const T& value, size_t first = 0) {
    uint64_t word = 0;
    size_t n = sizeof(T) - first < 8 ? sizeof(T) - first : 8;
    __builtin_memcpy(&word, (const char*)&value + first, n);
    return word;
}
template <class T> T shuffle(unsigned mask, T value, unsigned source) {
    T out;
    for (size_t i = 0; i < sizeof(T); i += 8) {
        uint64_t word = zdb_shuffle(mask, word_of(value, i), source);
        __builtin_memcpy((char*)&out + i, &word, sizeof(T) - i < 8 ? sizeof(T) - i : 8);
    }
    return out;
}
}  // namespace zdb

template <class T> unsigned __match_any_sync(unsigned mask, T value) {
    return zdb_match_any(mask, zdb::word_of(value));
}
template <class T> unsigned __match_all_sync(unsigned mask, T value, int* all) {
    *all = zdb_match_any(mask, zdb::word_of(value)) == (mask & zdb_activemask());
    return *all ? mask : 0;
}
template <class T> T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
    unsigned lane = zdb_lane();
    return zdb::shuffle(mask, value, (lane & ~(width - 1)) + (source & (width - 1)));
}
template <class T> T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    unsigned lane = zdb_lane();
    return zdb::shuffle(mask, value, (lane & (width - 1)) < delta ? lane : lane - delta);
}
template <class T> T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    unsigned lane = zdb_lane();
    bool out = (lane & (width - 1)) + delta >= (unsigned)width;
    return zdb::shuffle(mask, value, out ? lane : lane + delta);
}
template <class T> T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
    unsigned lane = zdb_lane(), source = lane ^ bits;
    return zdb::shuffle(mask, value, source >= (lane & ~(width - 1)) + width ? lane : source);
}

#define ZDB_REDUCE(name, T, expression) \
    inline T name(unsigned mask, T value) { \
        T a = 0; \
        bool first = true; \
        for (int i = 0; i < 32; i++) { \
            T b = zdb::shuffle(mask, value, i); \
            if (!(mask >> i & 1)) continue; \
            a = first ? b : (expression); \
            first = false; \
        } \
        return a; \
    }
ZDB_REDUCE(__reduce_add_sync, unsigned, a + b) ZDB_REDUCE(__reduce_add_sync, int, a + b)
ZDB_REDUCE(__reduce_min_sync, unsigned, b < a ? b : a) ZDB_REDUCE(__reduce_min_sync, int, b < a ? b : a)
ZDB_REDUCE(__reduce_max_sync, unsigned, b > a ? b : a) ZDB_REDUCE(__reduce_max_sync, int, b > a ? b : a)
ZDB_REDUCE(__reduce_and_sync, unsigned, a & b)
ZDB_REDUCE(__reduce_or_sync, unsigned, a | b)
ZDB_REDUCE(__reduce_xor_sync, unsigned, a ^ b)
#undef ZDB_REDUCE
