// Atomic operations: plain ones, since one thread runs at a time and they are not interrupted.
#pragma once

namespace zdb {
struct Atomic {
    Atomic() { zdb_atomic_depth++; }
    ~Atomic() { zdb_atomic_depth--; }
};
}  // namespace zdb

#define ZDB_ATOMIC_OF(name, T, expression) \
    inline T name(T* address, T value) { \
        zdb::Atomic whole; \
        T old = *address; \
        *address = (expression); \
        return old; \
    }
#define ZDB_ATOMIC(name, T, expression) \
    ZDB_ATOMIC_OF(name, T, expression) \
    ZDB_ATOMIC_OF(name##_block, T, expression) \
    ZDB_ATOMIC_OF(name##_system, T, expression)
#define ZDB_INTEGERS(name, expression) \
    ZDB_ATOMIC(name, int, expression) \
    ZDB_ATOMIC(name, unsigned, expression) \
    ZDB_ATOMIC(name, unsigned long long, expression)
ZDB_INTEGERS(atomicAdd, old + value)
ZDB_ATOMIC(atomicAdd, float, old + value)
ZDB_ATOMIC(atomicAdd, double, old + value)
ZDB_ATOMIC(atomicSub, int, old - value)
ZDB_ATOMIC(atomicSub, unsigned, old - value)
ZDB_INTEGERS(atomicExch, value)
ZDB_ATOMIC(atomicExch, float, value)
ZDB_INTEGERS(atomicMin, value < old ? value : old)
ZDB_ATOMIC(atomicMin, long long, value < old ? value : old)
ZDB_INTEGERS(atomicMax, value > old ? value : old)
ZDB_ATOMIC(atomicMax, long long, value > old ? value : old)
ZDB_INTEGERS(atomicAnd, old & value)
ZDB_INTEGERS(atomicOr, old | value)
ZDB_INTEGERS(atomicXor, old ^ value)
ZDB_ATOMIC(atomicInc, unsigned, old >= value ? 0 : old + 1)
ZDB_ATOMIC(atomicDec, unsigned, old == 0 || old > value ? value : old - 1)

#define ZDB_CAS_OF(name, T) \
    inline T name(T* address, T compare, T value) { \
        zdb::Atomic whole; \
        T old = *address; \
        if (old == compare) *address = value; \
        return old; \
    }
#define ZDB_CAS(T) ZDB_CAS_OF(atomicCAS, T) ZDB_CAS_OF(atomicCAS_block, T) ZDB_CAS_OF(atomicCAS_system, T)
ZDB_CAS(int) ZDB_CAS(unsigned) ZDB_CAS(unsigned long long) ZDB_CAS(unsigned short)
#undef ZDB_INTEGERS
