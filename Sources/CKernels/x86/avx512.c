// The kernel set for AVX-512 with VNNI and VBMI: Ice Lake, Zen 4 and their successors.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../sets.h"

#define KERNEL(name) swl_avx512vnni_##name

#pragma clang attribute push(__attribute__((target(AVX512_FEATURES))), apply_to = function)

#include "../width/v512_avx512.h"

#include "../generic/rule.h"

// a + 128 is the unsigned operand of vpdpbusd and b the signed one; 128 times the sum of b is the excess.
typedef v8 left_operand;
INLINE left_operand prepare_left(v8 a) { return _mm512_xor_si512(a, set8(-128)); }
INLINE v32 dot4(v32 sums, left_operand a, v8 b) { return _mm512_dpbusd_epi32(sums, a, b); }
INLINE v32 dot4_low(v32 sums, v8 a, v8 b) { return _mm512_dpbusd_epi32(sums, a, b); }
enum { has_excess = 1, dot4_products = block_channels };
INLINE v32 dot_excess(v32 sums, v8 b) { return _mm512_dpbusd_epi32(sums, set8(-128), b); }
INLINE ptrdiff_t ready_bytes(const swl_gemm *g) { return (void)g, 64; }
INLINE void prepare_panel(const swl_gemm *g, const int8_t *b, int8_t *out) {
  v32 excess = set32(0);
  for (ptrdiff_t k = 0; k < g->depth; k += 4) excess = dot_excess(excess, load8(b + 16 * k));
  store8(out, bytes_of(excess));
}

// A dword of A meets 64 columns in four instructions. A tile of 6 rows x 4 panels (24 accumulators) takes ten loads for 24 of
// them, so the multipliers bound the loop. A store takes a multiplier's place in the pipeline (Zen 5), most of the epilogue's
// other instructions do not.
enum { fetches_panels = 1 };
INLINE int tile_rows(int panels) { return (void)panels, 6; }

enum { block_values = 4, strip_blocks = 80 };
INLINE void interleave(const int8_t *const p[4], const int values, v32 out[4]) {
  v8 v[4];
  for (int i = 0; i < 4; i++) v[i] = i < values ? prepare_left(load8(p[i])) : set8(0);
  interleave_bytes(v);
  for (int i = 0; i < 4; i++) out[i] = v[i];
}
INLINE v32 dot_block(v32 sums, v32 values, v32 weights) { return dot4(sums, values, weights); }
INLINE v32 held(v32 v) {
  __asm__("" : "+v"(v));
  return v;
}

#include "../generic/accumulate.h"
#include "../generic/depthwise.h"
#include "../generic/every.h"
#include "../generic/gemm.h"
#include "../generic/lookup.h"

#pragma clang attribute pop

swl_kernels swl_avx512vnni = {
    .name = "avx512vnni",
    .base = &swl_avx2,
    .features = SWL_FEATURE_AVX2 | SWL_FEATURE_AVX512_VNNI,
    .depthwise_scratch = swl_blocks_scratch,
    ALL_KERNELS(avx512vnni),
};
#endif
