// Depthwise convolution on AVX-512-VNNI: blocks of four values of sixty-four channels, for vpdpbusd. Unpacks interleave
// them, so accumulators are by lane.
#if defined(__x86_64__)
#include "avx512.h"

AVX512_BEGIN

enum { block_values = 4, block_channels = 64, strip_blocks = 80 };
typedef __m512i vector;
typedef rule64 rule_of_set;
typedef output64 output_of_set;
typedef epilogue64 epilogue_of_set;

// Values are unsigned, 128 too large; the bias makes up for it.
INLINE void interleave(const int8_t *const p[4], const int values, vector out[4]) {
  vector v[4];
  for (int i = 0; i < 4; i++) {
    v[i] = i < values ? _mm512_xor_si512(load64(p[i]), _mm512_set1_epi8(-128)) : _mm512_setzero_si512();
  }
  interleave_bytes(v);
  for (int i = 0; i < 4; i++) out[i] = v[i];
}

INLINE vector multiply_add(vector sum, vector values, vector weights) {
  return _mm512_dpbusd_epi32(sum, values, weights);
}

// Makes the compiler hold a value in a register, where it would read it anew at every use.
INLINE vector keep(vector v) {
  __asm__("" : "+v"(v));
  return v;
}

INLINE void start_rule(rule64 *r, const swl_rule *rule, ptrdiff_t channel, int32_t count) {
  *r = rule_of_channels(rule, channel, count, by_lane);
}

// A block's weights of the `channels` channels from the first panel on: four bytes a channel, one from each tap.
INLINE void weights_of_block(rule64 *rule, const int32_t taps[4], const int8_t *panels, ptrdiff_t panel_size,
                             ptrdiff_t channels, vector out[4]) {
  for (int panel = 0; panel < 4; panel++, panels += panel_size) {
    out[panel] = _mm512_setzero_si512();
    for (int i = 0; i < 4 && 16 * panel < channels; i++) {
      if (taps[i] < 0) continue;
      __m512i four = _mm512_rorv_epi32(load64(panels + taps[i] / 4 * 64), _mm512_set1_epi32(8 * (taps[i] % 4 - i)));
      out[panel] = _mm512_mask_mov_epi8(out[panel], 0x1111111111111111ull << i, four);
    }
  }
  transpose_lanes(out);
  for (int q = 0; q < 4; q++) {
    __m512i excess = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_set1_epi8(-128), out[q]);
    rule->bias[q] = _mm512_sub_epi32(rule->bias[q], excess);
  }
}

// w of two of the four accumulators of a tile's outputs.
INLINE void scale_half(const rule64 *rule, const int half, vector (*sums)[2], vector (*w)[2], const int outputs) {
  rule64 right = *rule;
  right.shifts_left = 0;
  if (rule->shifts_left) {
    for (int t = 0; t < outputs; t++) {
      for (int q = 0; q < 2; q++) sums[t][q] = _mm512_sllv_epi32(sums[t][q], rule->left[2 * half + q]);
    }
  }
  for (int t = 0; t < outputs; t++) w[t][half] = scale32(&right, half, sums[t]);
}

typedef __mmask64 store_mask;
INLINE store_mask mask_of_channels(ptrdiff_t channels) { return first_bytes(channels); }

// Stores an output that has neither table nor residual.
INLINE void store_plain(const output64 *output, const vector w[2], int8_t *out, __mmask64 mask) {
  store_bytes(out, to_int8x64(output, w, by_lane), mask);
}

INLINE void finish(const epilogue64 *e, vector w[2], ptrdiff_t at, ptrdiff_t channel, ptrdiff_t channels) {
  finish64(e, w, at, channel, channels, by_lane);
}

#include "../generic/depthwise.h"

void swl_avx512vnni_depthwise(const swl_depthwise *d) {
  if (!depthwise_by_blocks(d)) swl_scalar_depthwise(d);
}

AVX512_END
#endif
