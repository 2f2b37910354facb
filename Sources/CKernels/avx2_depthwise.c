// Depthwise convolution on AVX2: four taps of sixteen channels are interleaved, then multiplied as in avx2_gemm.c.
#if defined(__x86_64__)
#include "avx2.h"

AVX2_BEGIN

enum { max_taps = 1024 };

// Channels 0-7 in the lower lane's lower half, 8-15 in the upper lane's: an unpack of the low halves then leaves both in
// their lanes, and the accumulators in interleaved order. Reads 8 bytes behind the sixteen.
INLINE __m256i spread(const int8_t *p) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(load16(p)), load16(p + 8), 1);
}

INLINE __m256i multiply_add(__m256i sum, __m256i value, __m256i weights) {
  __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(value), _mm256_sign_epi8(weights, value));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// The first input pixel of every tap; a padding tap, whose weights are zero, reads the first.
INLINE void find_taps(const swl_depthwise *d, int32_t padded_taps, const int8_t **taps) {
  int32_t tap = 0;
  for (int32_t y = 0; y < d->kernel_height; y++) {
    for (int32_t x = 0; x < d->kernel_width; x++) taps[tap++] = d->rows[y] + x * d->dilation * d->pixel_stride;
  }
  for (; tap < padded_taps; tap++) taps[tap] = d->rows[0];
}

void swl_avx2_depthwise(const swl_depthwise *d) {
  int32_t padded_taps = (d->kernel_height * d->kernel_width + 3) / 4 * 4;
  if (padded_taps > max_taps) return swl_scalar.depthwise(d);
  const int8_t *taps[max_taps];
  __m256i weights[max_taps / 2];
  find_taps(d, padded_taps, taps);
  epilogue16 e;
  prepare_epilogue(&e, &d->rule, &d->epilogue);
  for (ptrdiff_t channel = 0; channel < d->channels; channel += 16) {
    for (int32_t i = 0; i < padded_taps / 2; i += 2) {
      for (int32_t half = 0; half < 2; half++) {
        weights[i + half] = load32(d->weights + channel * padded_taps + (i + half) * 32);
      }
      interleave_halves(weights + i);
    }
    rule16 rule = interleaved(rule_of_channels(&d->rule, channel));
    for (ptrdiff_t x = 0; x < d->width; x++) {
      ptrdiff_t offset = x * d->stride * d->pixel_stride + channel;
      __m256i low = rule.bias[0], high = rule.bias[1];
      for (int32_t tap = 0; tap < padded_taps; tap += 4) {
        __m256i first = _mm256_unpacklo_epi8(spread(taps[tap] + offset), spread(taps[tap + 1] + offset));
        __m256i second = _mm256_unpacklo_epi8(spread(taps[tap + 2] + offset), spread(taps[tap + 3] + offset));
        low = multiply_add(low, _mm256_unpacklo_epi16(first, second), weights[tap / 2]);
        high = multiply_add(high, _mm256_unpackhi_epi16(first, second), weights[tap / 2 + 1]);
      }
      finish16(&e, scale_interleaved(&rule, low, high), x, channel, (int32_t)(d->channels - channel));
    }
  }
}

AVX2_END
#endif
