#include "sets.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define SET swiftlet_float_avx2
#define SET_NAME "avx2"
#define TILE_ROWS 6
#define TILE_VECTORS 1
#include "set.h"

#pragma clang attribute pop
#endif
