// The portable kernel set: whatever vectors of sixteen bytes the compiler makes for this processor.
#if !defined(__aarch64__)
#include "../width/v128_portable.h"

#include "../generic/rule.h"

#define KERNEL(name) swl_portable_##name

// Of even and odd bytes apart: weights are within -127...127, so that two products add up within int16.
typedef v8 left_operand;
INLINE left_operand prepare_left(v8 a) { return a; }
INLINE v32 dot4(v32 sums, v8 a, v8 b) {
  const v16 even = ((v16)a << 8 >> 8) * ((v16)b << 8 >> 8), odd = ((v16)a >> 8) * ((v16)b >> 8);
  const v32 pairs = (v32)(even + odd);
  return add32(sums, (pairs << 16 >> 16) + (pairs >> 16));
}
INLINE v32 dot4_low(v32 sums, v8 a, v8 b) { return dot4(sums, a, b); }
enum { has_excess = 0, dot4_products = block_channels };
INLINE v32 dot_excess(v32 sums, v8 b) { return (void)b, sums; }
INLINE ptrdiff_t ready_bytes(const swl_gemm *g) { return (void)g, 0; }
INLINE void prepare_panel(const swl_gemm *g, const int8_t *b, int8_t *out) { (void)g, (void)b, (void)out; }

enum { fetches_panels = 0 };
INLINE int tile_rows(int panels) { return (void)panels, 2; }

enum { block_values = 4, strip_blocks = 320 };
INLINE void interleave(const int8_t *const p[4], const int values, v32 out[4]) {
  v8 v[4];
  for (int i = 0; i < 4; i++) v[i] = i < values ? load8(p[i]) : set8(0);
  interleave_bytes(v);
  for (int i = 0; i < 4; i++) out[i] = dwords_of(v[i]);
}
INLINE v32 dot_block(v32 sums, v32 values, v32 weights) { return dot4(sums, bytes_of(values), bytes_of(weights)); }
INLINE v32 held(v32 v) { return v; }

#include "../generic/accumulate.h"
#include "../generic/depthwise.h"
#include "../generic/every.h"
#include "../generic/gemm.h"
#include "../generic/lookup.h"

swl_kernels swl_portable = {
    .name = "portable",
    .base = &swl_scalar,
    .depthwise_scratch = swl_blocks_scratch,
    ALL_KERNELS(portable),
};
#endif
