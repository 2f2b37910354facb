// The kernel set for NEON with the dot-product extension: products, and the rest as without.
#if defined(__aarch64__)
#include "../width/v128_neon.h"

#include "../generic/rule.h"

#define KERNEL(name) swl_neon_dotprod_##name

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

INLINE v32 dot4(v32 sums, v8 a, v8 b) { return vdotq_s32(sums, a, b); }

// The instruction takes a constant.
INLINE v32 dot4_lane(v32 sums, v8 columns, v8 values, const int lane) {
  switch (lane) {
    case 0: return vdotq_laneq_s32(sums, columns, values, 0);
    case 1: return vdotq_laneq_s32(sums, columns, values, 1);
    case 2: return vdotq_laneq_s32(sums, columns, values, 2);
    default: return vdotq_laneq_s32(sums, columns, values, 3);
  }
}

#include "tile.h"

#include "../generic/gemm.h"
#include "depthwise.h"

#pragma clang attribute pop

swl_kernels swl_neon_dotprod = {
    .name = "neon-dotprod",
    .base = &swl_neon,
    .features = SWL_FEATURE_NEON_DOTPROD,
    .depthwise_scratch = swl_blocks_scratch,
    .gemm = swl_neon_dotprod_gemm,
    .depthwise = swl_neon_dotprod_depthwise,
    .prepare_gemm = swl_neon_dotprod_prepare_gemm,
    .prepare_depthwise = swl_neon_dotprod_prepare_depthwise,
    .peak = swl_neon_dotprod_peak,
};
#endif
