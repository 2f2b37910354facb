#include "sets.h"

#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), apply_to = function)

#define SET swiftlet_float_avx512
#define SET_NAME "avx512"
#define TILE_ROWS 12
#define TILE_VECTORS 2
#include "set.h"

#pragma clang attribute pop
#endif
