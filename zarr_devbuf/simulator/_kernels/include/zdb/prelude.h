// Included before each kernel's source: CUDA's language and its builtins, for a host compiler.
#pragma once
#undef _GLIBCXX_USE_STD_SPEC_FUNCS          // keeps <math.h> small
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <initializer_list>
#include <new>
#include <type_traits>
#include <utility>

#include "runtime.h"

#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 9
#define __CUDA_ARCH__ 800
#define __ZARR_DEVBUF__ 1

#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __grid_constant__
#define __shared__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...)
#define __maxnreg__(...)
#define __cluster_dims__(...)

// Where shared memory of the size that the launch gives stands: `extern __shared__ T x[];`.
#define ZDB_STRING_(x) #x
#define ZDB_STRING(x) ZDB_STRING_(x)
#define ZDB_DYNAMIC __asm__(ZDB_STRING(__USER_LABEL_PREFIX__) "zdb_dynamic_shared")

#undef assert
#define assert(x) ((x) ? (void)0 : zdb_assert_failed(#x, __FILE__, __LINE__, __func__))
#define printf(...) zdb_printf(__VA_ARGS__)
#define memcpy(t, s, n) zdb_memcpy(t, s, n)
#define memmove(t, s, n) zdb_memmove(t, s, n)
#define memset(t, v, n) zdb_memset(t, v, n)
namespace std { using ::zdb_memcpy; using ::zdb_memmove; using ::zdb_memset; }

inline void __trap() { zdb_trap(); }
inline void __brkpt() { zdb_trap(); }
inline long long clock64() { return zdb_clock(); }
#define clock() int(zdb_clock())
inline unsigned long long __globaltimer() { return (unsigned long long)zdb_clock(); }
inline void __nanosleep(unsigned) { zdb_nanosleep(); }
static const int warpSize = 32;

#include "vectors.h"
#include "warps.h"
#include "integers.h"
#include "mathematics.h"
#include "atomics.h"
#include "launchers.h"
