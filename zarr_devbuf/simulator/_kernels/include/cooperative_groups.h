// Groups of threads: blocks, tiles of a warp, and a grid of one block.
#pragma once
#include "zdb/prelude.h"

namespace cooperative_groups {
class thread_block {
public:
    static void sync() { zdb_syncthreads(); }
    static unsigned thread_rank() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }
    static unsigned size() { return blockDim.x * blockDim.y * blockDim.z; }
    static unsigned num_threads() { return size(); }
    static dim3 group_index() { return blockIdx; }
    static dim3 thread_index() { return threadIdx; }
    static dim3 group_dim() { return blockDim; }
    static dim3 dim_threads() { return blockDim; }
};
inline thread_block this_thread_block() { return {}; }

class grid_group {
public:
    static bool is_valid() { return true; }
    static void sync() { zdb_no_grid_sync(); }
    static unsigned long long num_blocks() { return (unsigned long long)gridDim.x * gridDim.y * gridDim.z; }
    static unsigned long long block_rank() {
        return blockIdx.x + gridDim.x * (blockIdx.y + (unsigned long long)gridDim.y * blockIdx.z);
    }
    static unsigned long long size() { return num_blocks() * thread_block::size(); }
    static unsigned long long num_threads() { return size(); }
    static unsigned long long thread_rank() { return block_rank() * thread_block::size() + thread_block::thread_rank(); }
    static dim3 group_dim() { return gridDim; }
    static dim3 dim_blocks() { return gridDim; }
};
inline grid_group this_grid() { return {}; }

// The lanes of a mask, which may be known only when the program runs.
class coalesced_group {
protected:
    unsigned mask_, size_;
    unsigned lane_of(unsigned rank) const {
        unsigned rest = mask_;
        while (rank--) rest &= rest - 1;
        return rest ? __builtin_ctz(rest) : zdb_lane();
    }
    unsigned packed(unsigned bits) const {
        unsigned r = 0;
        for (unsigned rank = 0; rank < size_; rank++) r |= (bits >> lane_of(rank) & 1) << rank;
        return r;
    }

public:
    explicit coalesced_group(unsigned mask) : mask_(mask), size_(__builtin_popcount(mask)) {}
    void sync() const { zdb_syncwarp(mask_); }
    unsigned size() const { return size_; }
    unsigned num_threads() const { return size_; }
    unsigned thread_rank() const { return __builtin_popcount(mask_ & ((1u << zdb_lane()) - 1)); }
    template <class T> T shfl(T v, unsigned rank) const { return zdb::shuffle(mask_, v, lane_of(rank % size_)); }
    template <class T> T shfl_up(T v, unsigned delta) const {
        unsigned rank = thread_rank();
        return zdb::shuffle(mask_, v, rank < delta ? zdb_lane() : lane_of(rank - delta));
    }
    template <class T> T shfl_down(T v, unsigned delta) const {
        unsigned rank = thread_rank();
        return zdb::shuffle(mask_, v, rank + delta >= size_ ? zdb_lane() : lane_of(rank + delta));
    }
    template <class T> T shfl_xor(T v, unsigned bits) const {
        unsigned rank = thread_rank() ^ bits;
        return zdb::shuffle(mask_, v, rank >= size_ ? zdb_lane() : lane_of(rank));
    }
    int any(int p) const { return zdb_ballot(mask_, p) != 0; }
    int all(int p) const { return zdb_ballot(mask_, !p) == 0; }
    unsigned ballot(int p) const { return packed(zdb_ballot(mask_, p)); }
    template <class T> unsigned match_any(T v) const { return packed(zdb_match_any(mask_, zdb::word_of(v))); }
    unsigned meta_group_size() const { return (thread_block::size() + size_ - 1) / size_; }
    unsigned meta_group_rank() const { return thread_block::thread_rank() / size_; }
};
inline coalesced_group coalesced_threads() { return coalesced_group(zdb_activemask()); }

template <unsigned Size, class Parent = void> class thread_block_tile : public coalesced_group {
    static_assert(Size && Size <= 32 && !(Size & (Size - 1)), "tiles have 1, 2, 4, 8, 16 or 32 threads");

public:
    thread_block_tile()
        : coalesced_group((Size == 32 ? ~0u : (1u << Size) - 1) << (zdb_lane() & ~(Size - 1))) {}
    static constexpr unsigned size() { return Size; }
    static constexpr unsigned num_threads() { return Size; }
    unsigned thread_rank() const { return zdb_lane() & (Size - 1); }
};
template <unsigned Size, class Parent> thread_block_tile<Size, Parent> tiled_partition(const Parent&) { return {}; }
inline coalesced_group tiled_partition(const thread_block&, unsigned size) {
    return coalesced_group((size == 32 ? ~0u : (1u << size) - 1) << (zdb_lane() & ~(size - 1)));
}
template <class Group> void sync(const Group& group) { group.sync(); }

template <class T> struct plus { T operator()(T a, T b) const { return a + b; } };
template <class T> struct less { T operator()(T a, T b) const { return b < a ? b : a; } };
template <class T> struct greater { T operator()(T a, T b) const { return a < b ? b : a; } };
template <class T> struct bit_and { T operator()(T a, T b) const { return a & b; } };
template <class T> struct bit_or { T operator()(T a, T b) const { return a | b; } };
template <class T> struct bit_xor { T operator()(T a, T b) const { return a ^ b; } };
template <class Group, class T, class Op> T reduce(const Group& group, T v, Op op) {
    T all = group.shfl(v, 0);
    for (unsigned rank = 1; rank < group.size(); rank++) all = op(all, group.shfl(v, rank));
    return all;
}
}  // namespace cooperative_groups
