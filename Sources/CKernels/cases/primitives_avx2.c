#if defined(__x86_64__)
#include <immintrin.h>

#include "../sets.h"
#include "swiftlet_cases.h"

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#include "../width/v256_avx2.h"

#define FRAMES
#include "primitives.h"

#pragma clang attribute pop

const swl_width swl_width_avx2 = {"v256-avx2", SWL_FEATURE_AVX2, primitives};
#endif
