// The atomic operations that CuPy adds to those of CUDA.
#pragma once
#include "carray.cuh"

ZDB_ATOMIC_OF(atomicAdd, long long, (long long)((unsigned long long)old + (unsigned long long)value))
ZDB_ATOMIC_OF(atomicMax, float, fmaxf(value, old))
ZDB_ATOMIC_OF(atomicMin, float, fminf(value, old))
// In CuPy, these two round to 32 bits.
ZDB_ATOMIC_OF(atomicMax, double, fmaxf(float(value), float(old)))
ZDB_ATOMIC_OF(atomicMin, double, fminf(float(value), float(old)))
template <class T, class = std::enable_if_t<std::is_same_v<T, float16>>> T atomicAdd(T* address, T value) {
    zdb::Atomic whole;
    T old = *address;
    *address = T(old + value);
    return old;
}
