// The kernel set for NEON as every 64-bit ARM has it.
#if defined(__aarch64__)
#include "../width/v128_neon.h"

#include "../generic/rule.h"

#define KERNEL(name) swl_neon_##name

// Weights are within -127...127: two products add up to at most 2 * 128 * 127, an int16.
INLINE v32 dot4(v32 sums, v8 a, v8 b) {
  v16 low = vmull_s8(vget_low_s8(a), vget_low_s8(b)), high = vmull_high_s8(a, b);
  return vpadalq_s16(sums, vpaddq_s16(low, high));
}

INLINE v32 dot4_lane(v32 sums, v8 columns, v8 values, const int lane) {
  const v32 fours = dwords_of(values);
  switch (lane) {
    case 0: return dot4(sums, columns, bytes_of(vdupq_laneq_s32(fours, 0)));
    case 1: return dot4(sums, columns, bytes_of(vdupq_laneq_s32(fours, 1)));
    case 2: return dot4(sums, columns, bytes_of(vdupq_laneq_s32(fours, 2)));
    default: return dot4(sums, columns, bytes_of(vdupq_laneq_s32(fours, 3)));
  }
}

#include "tile.h"

#include "../generic/every.h"
#include "../generic/gemm.h"
#include "../generic/lookup.h"
#include "depthwise.h"

swl_kernels swl_neon = {
    .name = "neon",
    .base = &swl_scalar,
    .depthwise_scratch = swl_blocks_scratch,
    ALL_KERNELS(neon),
};
#endif
