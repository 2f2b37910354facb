// Depthwise convolution on AVX2: blocks of two values of thirty-two channels, widened to int16 for vpmaddwd. Unpacks do
// both: lane l of part i holds the channels 16 l + 4 i to 16 l + 4 i + 3. Packs turn that back.
#if defined(__x86_64__)
#include "avx2.h"

AVX2_BEGIN

enum { block_values = 2, block_channels = 32, strip_blocks = 160 };
typedef __m256i vector;
typedef output16 output_of_set;
typedef epilogue16 epilogue_of_set;
typedef struct {
  __m256i bias[4], left[4], right[4];
  __m256i multiplier[2];
  int shifts_left;  // whether any channel does
} rule_of_set;

INLINE void interleave(const int8_t *const p[2], const int values, vector out[4]) {
  (void)values;
  __m256i a = load32(p[0]), b = load32(p[1]);
  __m256i low = _mm256_unpacklo_epi8(a, b), high = _mm256_unpackhi_epi8(a, b);
  out[0] = _mm256_srai_epi16(_mm256_unpacklo_epi8(low, low), 8);
  out[1] = _mm256_srai_epi16(_mm256_unpackhi_epi8(low, low), 8);
  out[2] = _mm256_srai_epi16(_mm256_unpacklo_epi8(high, high), 8);
  out[3] = _mm256_srai_epi16(_mm256_unpackhi_epi8(high, high), 8);
}

INLINE vector multiply_add(vector sum, vector values, vector weights) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(values, weights));
}

INLINE vector keep(vector v) { return v; }

// Two panels' sixteen channels, eight in a register, in the order of a block.
INLINE void interleave_panels(const __m256i first[2], const __m256i second[2], __m256i out[4]) {
  for (int half = 0; half < 2; half++) {
    out[2 * half] = _mm256_permute2x128_si256(first[half], second[half], 0x20);
    out[2 * half + 1] = _mm256_permute2x128_si256(first[half], second[half], 0x31);
  }
}

INLINE void start_rule(rule_of_set *r, const swl_rule *rule, ptrdiff_t channel, int32_t count) {
  rule16 lower = rule_of_channels(rule, channel);
  rule16 upper = count > 16 ? rule_of_channels(rule, channel + 16) : lower;
  interleave_panels(lower.bias, upper.bias, r->bias);
  interleave_panels(lower.left, upper.left, r->left);
  interleave_panels(lower.right, upper.right, r->right);
  r->multiplier[0] = _mm256_permute2x128_si256(lower.multiplier, upper.multiplier, 0x20);
  r->multiplier[1] = _mm256_permute2x128_si256(lower.multiplier, upper.multiplier, 0x31);
  __m256i left = _mm256_setzero_si256();
  for (int i = 0; i < 4; i++) left = _mm256_or_si256(left, r->left[i]);
  r->shifts_left = !_mm256_testz_si256(left, left);
}

// A tap's weights of eight channels, as int32.
INLINE __m256i weights_of_tap(const int8_t *panel, int32_t tap) {
  __m256i four = load32(panel + tap / 4 * 64);
  return _mm256_srai_epi32(_mm256_sllv_epi32(four, _mm256_set1_epi32(24 - 8 * (tap % 4))), 24);
}

// A block's weights of the `channels` channels from the first panel on: two words a channel, one from each tap.
INLINE void weights_of_block(rule_of_set *rule, const int32_t taps[2], const int8_t *panels, ptrdiff_t panel_size,
                             ptrdiff_t channels, vector out[4]) {
  (void)rule;
  __m256i natural[2][2] = {0};
  for (int panel = 0; panel < 2 && 16 * panel < channels; panel++, panels += panel_size) {
    for (int half = 0; half < 2; half++) {
      __m256i first = weights_of_tap(panels + 32 * half, taps[0]), second = _mm256_setzero_si256();
      if (taps[1] >= 0) second = _mm256_slli_epi32(weights_of_tap(panels + 32 * half, taps[1]), 16);
      natural[panel][half] = _mm256_blend_epi16(first, second, 0xAA);
    }
  }
  interleave_panels(natural[0], natural[1], out);
}

// w of two of the four accumulators of a tile's outputs.
INLINE void scale_half(const rule_of_set *rule, const int half, vector (*sums)[2], vector (*w)[2], const int outputs) {
  if (rule->shifts_left) {
    for (int t = 0; t < outputs; t++) {
      for (int q = 0; q < 2; q++) sums[t][q] = _mm256_sllv_epi32(sums[t][q], rule->left[2 * half + q]);
    }
  }
  for (int t = 0; t < outputs; t++) {
    for (int q = 0; q < 2; q++) sums[t][q] = _mm256_srav_epi32(sums[t][q], rule->right[2 * half + q]);
    w[t][half] = _mm256_mulhrs_epi16(_mm256_packs_epi32(sums[t][0], sums[t][1]), rule->multiplier[half]);
  }
}

// How many channels are stored.
typedef ptrdiff_t store_mask;
INLINE store_mask mask_of_channels(ptrdiff_t channels) { return channels; }

// Stores an output that has neither table nor residual.
INLINE void store_plain(const output16 *output, const vector w[2], int8_t *out, store_mask channels) {
  __m256i q[2];
  for (int i = 0; i < 2; i++) q[i] = _mm256_srai_epi16(_mm256_adds_epi16(w[i], output->offset), 6);
  __m256i low = _mm256_broadcastsi128_si256(output->low), high = _mm256_broadcastsi128_si256(output->high);
  __m256i packed = _mm256_min_epi8(_mm256_max_epi8(_mm256_packs_epi16(q[0], q[1]), low), high);
  if (channels >= 32) return store32(out, packed);
  _Alignas(32) int8_t buffer[32];
  store32(buffer, packed);
  if (channels > 0) memcpy(out, buffer, (size_t)channels);
}

static void finish(const epilogue16 *e, const vector w[2], ptrdiff_t at, ptrdiff_t channel, ptrdiff_t channels) {
  __m256i natural[2] = {w[0], w[1]};
  interleave_halves(natural);
  if (channels > 0) finish16(e, natural[0], at, channel, channels < 16 ? (int32_t)channels : 16);
  if (channels > 16) finish16(e, natural[1], at, channel + 16, channels < 32 ? (int32_t)channels - 16 : 16);
}

#include "../generic/depthwise.h"

void swl_avx2_depthwise(const swl_depthwise *d) {
  if (!depthwise_by_blocks(d)) swl_scalar_depthwise(d);
}

AVX2_END
#endif
