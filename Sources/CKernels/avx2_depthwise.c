// Depthwise convolution on AVX2: four taps of sixteen or thirty-two channels are interleaved, then multiplied as in
// avx2_gemm.c.
#if defined(__x86_64__)
#include "avx2.h"

AVX2_BEGIN

enum { max_taps = 1024 };

// What a row's call needs besides its arguments.
typedef struct {
  const swl_depthwise *d;
  epilogue16 epilogue;
  int32_t taps;                   // padded to a multiple of 4
  const int8_t *first[max_taps];  // the first input pixel of each tap
  __m256i weights[max_taps];      // of the channels at hand, in the accumulators' order
} row_call;

INLINE __m256i multiply_add(__m256i sum, __m256i value, __m256i weights) {
  __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(value), _mm256_sign_epi8(weights, value));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// A padding tap, whose weights are zero, reads the first.
INLINE void find_taps(row_call *call) {
  const swl_depthwise *d = call->d;
  int32_t tap = 0;
  for (int32_t y = 0; y < d->kernel_height; y++) {
    for (int32_t x = 0; x < d->kernel_width; x++) call->first[tap++] = d->rows[y] + x * d->dilation * d->pixel_stride;
  }
  for (; tap < call->taps; tap++) call->first[tap] = d->rows[0];
}

// Channels 0-7 in the lower lane's lower half, 8-15 in the upper lane's: an unpack of the low halves then leaves both
// in their lanes, and the accumulators in interleaved order. Reads 8 bytes behind the sixteen.
INLINE __m256i spread(const int8_t *p) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(load16(p)), load16(p + 8), 1);
}

INLINE void sixteen_channels(row_call *call, ptrdiff_t channel) {
  const swl_depthwise *d = call->d;
  const int8_t *panel = d->weights + channel * call->taps;
  for (int32_t i = 0; i < call->taps / 2; i += 2) {
    for (int32_t half = 0; half < 2; half++) call->weights[i + half] = load32(panel + (i + half) * 32);
    interleave_halves(call->weights + i);
  }
  rule16 rule = interleaved(rule_of_channels(&d->rule, channel));
  for (ptrdiff_t x = 0; x < d->width; x++) {
    ptrdiff_t offset = x * d->stride * d->pixel_stride + channel;
    __m256i sums[2] = {rule.bias[0], rule.bias[1]};
    for (int32_t tap = 0; tap < call->taps; tap += 4) {
      const int8_t *const *taps = call->first + tap;
      __m256i first = _mm256_unpacklo_epi8(spread(taps[0] + offset), spread(taps[1] + offset));
      __m256i second = _mm256_unpacklo_epi8(spread(taps[2] + offset), spread(taps[3] + offset));
      const __m256i *weights = call->weights + tap / 2;
      sums[0] = multiply_add(sums[0], _mm256_unpacklo_epi16(first, second), weights[0]);
      sums[1] = multiply_add(sums[1], _mm256_unpackhi_epi16(first, second), weights[1]);
    }
    __m256i w = scale_interleaved(&rule, sums[0], sums[1]);
    finish16(&call->epilogue, w, x, channel, (int32_t)(d->channels - channel));
  }
}

// The first and second half of two panels' sixteen channels, lane by lane: what unpacking thirty-two channels gives.
INLINE void interleave_panels(const __m256i first[2], const __m256i second[2], __m256i out[4]) {
  for (int half = 0; half < 2; half++) {
    out[2 * half] = _mm256_permute2x128_si256(first[half], second[half], 0x20);
    out[2 * half + 1] = _mm256_permute2x128_si256(first[half], second[half], 0x31);
  }
}

// Half the loads, and three quarters of the shuffles, of twice sixteen channels.
INLINE void thirty_two_channels(row_call *call, ptrdiff_t channel) {
  const swl_depthwise *d = call->d;
  const int8_t *panel = d->weights + channel * call->taps;
  for (int32_t i = 0; i < call->taps; i += 4) {
    const int8_t *next = panel + 16 * call->taps;
    __m256i first[2] = {load32(panel + 16 * i), load32(panel + 16 * i + 32)};
    __m256i second[2] = {load32(next + 16 * i), load32(next + 16 * i + 32)};
    interleave_panels(first, second, call->weights + i);
  }
  rule16 lower = rule_of_channels(&d->rule, channel), upper = rule_of_channels(&d->rule, channel + 16);
  __m256i bias[4], left[4], right[4];
  interleave_panels(lower.bias, upper.bias, bias);
  interleave_panels(lower.left, upper.left, left);
  interleave_panels(lower.right, upper.right, right);
  for (ptrdiff_t x = 0; x < d->width; x++) {
    ptrdiff_t offset = x * d->stride * d->pixel_stride + channel;
    __m256i sums[4] = {bias[0], bias[1], bias[2], bias[3]};
    for (int32_t tap = 0; tap < call->taps; tap += 4) {
      __m256i value[4];
      for (int i = 0; i < 4; i++) value[i] = load32(call->first[tap + i] + offset);
      __m256i low[2] = {_mm256_unpacklo_epi8(value[0], value[1]), _mm256_unpacklo_epi8(value[2], value[3])};
      __m256i high[2] = {_mm256_unpackhi_epi8(value[0], value[1]), _mm256_unpackhi_epi8(value[2], value[3])};
      const __m256i *weights = call->weights + tap;
      sums[0] = multiply_add(sums[0], _mm256_unpacklo_epi16(low[0], low[1]), weights[0]);
      sums[1] = multiply_add(sums[1], _mm256_unpackhi_epi16(low[0], low[1]), weights[1]);
      sums[2] = multiply_add(sums[2], _mm256_unpacklo_epi16(high[0], high[1]), weights[2]);
      sums[3] = multiply_add(sums[3], _mm256_unpackhi_epi16(high[0], high[1]), weights[3]);
    }
    for (int i = 0; i < 4; i++) sums[i] = _mm256_srav_epi32(_mm256_sllv_epi32(sums[i], left[i]), right[i]);
    __m256i packed[2] = {_mm256_packs_epi32(sums[0], sums[1]), _mm256_packs_epi32(sums[2], sums[3])};
    interleave_halves(packed);
    int32_t count = (int32_t)(d->channels - channel);
    finish16(&call->epilogue, _mm256_mulhrs_epi16(packed[0], lower.multiplier), x, channel, count);
    finish16(&call->epilogue, _mm256_mulhrs_epi16(packed[1], upper.multiplier), x, channel + 16, count - 16);
  }
}

void swl_avx2_depthwise(const swl_depthwise *d) {
  row_call call;
  call.d = d;
  call.taps = (d->kernel_height * d->kernel_width + 3) / 4 * 4;
  if (call.taps > max_taps) return swl_scalar.depthwise(d);
  find_taps(&call);
  prepare_epilogue(&call.epilogue, &d->rule, &d->epilogue);
  ptrdiff_t channel = 0;
  for (; channel + 16 < d->channels; channel += 32) thirty_two_channels(&call, channel);
  if (channel < d->channels) sixteen_channels(&call, channel);
}

AVX2_END
#endif
