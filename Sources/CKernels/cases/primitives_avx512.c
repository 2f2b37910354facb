#if defined(__x86_64__)
#include <immintrin.h>

#include "../sets.h"
#include "swiftlet_cases.h"

#pragma clang attribute push(__attribute__((target(AVX512_FEATURES))), apply_to = function)

#include "../width/v512_avx512.h"

#include "primitives.h"

#pragma clang attribute pop

const swl_width swl_width_avx512 = {"v512-avx512", SWL_FEATURE_AVX2 | SWL_FEATURE_AVX512_VNNI, primitives};
#endif
