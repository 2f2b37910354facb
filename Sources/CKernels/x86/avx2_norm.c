// Layer normalisation and requantization of int16 rows on AVX2.
#if defined(__x86_64__)
#include "avx2.h"
#include "../spec/rule.h"

AVX2_BEGIN

INLINE int64_t horizontal_sum(__m256i v) {
  __m128i sum = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  return _mm_cvtsi128_si64(sum) + _mm_extract_epi64(sum, 1);
}

typedef struct {
  int64_t sum;
  uint64_t squares;
} moments;

// A pair of squares is at most 2^31, an unsigned int32; a pair sum of 65536 values stays within int32 in its lane.
INLINE moments row_moments(const int16_t *x, int32_t channels) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i sums = zero, squares = zero;
  for (int32_t i = 0; i < channels; i += 16) {
    __m256i v = load_int16(x + i, channels - i);
    __m256i pairs = _mm256_madd_epi16(v, v);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(v, _mm256_set1_epi16(1)));
    squares = _mm256_add_epi64(squares, _mm256_unpacklo_epi32(pairs, zero));
    squares = _mm256_add_epi64(squares, _mm256_unpackhi_epi32(pairs, zero));
  }
  __m256i wide = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(sums)),
                                  _mm256_cvtepi32_epi64(_mm256_extracti128_si256(sums, 1)));
  return (moments){.sum = horizontal_sum(wide), .squares = (uint64_t)horizontal_sum(squares)};
}

// The rule on 256 * v + bias of sixteen channels.
INLINE __m128i rule_of_int16(const rule16 *rule, const output16 *output, __m256i v) {
  __m256i a[2];
  widen_by_256(v, a);
  __m256i w = scale_interleaved(rule, _mm256_add_epi32(a[0], rule->bias[0]), _mm256_add_epi32(a[1], rule->bias[1]));
  return to_int8x16(output, w);
}

enum { strip_rows = 16 };

// The first stage of each row of a strip; its bias takes the mean away.
INLINE void find_scales(const swl_layer_norm *l, ptrdiff_t first, ptrdiff_t rows, swl_scale *scales) {
  int64_t n = l->channels;
  for (ptrdiff_t row = 0; row < rows; row++) {
    moments m = row_moments(l->x + (first + row) * l->x_stride, l->channels);
    uint64_t d = (uint64_t)n * m.squares - (uint64_t)(m.sum * m.sum) + l->epsilon;
    scales[row] = swl_normalizer(d, l->mantissa, l->exponent);
    scales[row].bias -= mean_by_256(m.sum, n);
  }
}

// By strips of rows, so that the channels' rule is made ready once a strip.
void swl_avx2_layer_norm(const swl_layer_norm *l) {
  output16 output = output_range(l->rule.zero_point, l->rule.low, l->rule.high);
  for (ptrdiff_t first = 0; first < l->rows; first += strip_rows) {
    swl_scale scales[strip_rows];
    ptrdiff_t rows = l->rows - first < strip_rows ? l->rows - first : strip_rows;
    find_scales(l, first, rows, scales);
    for (int32_t i = 0; i < l->channels; i += 16) {
      int32_t left = l->channels - i;
      rule16 rule = interleaved(rule_of_channels(&l->rule, i));
      for (ptrdiff_t row = 0; row < rows; row++) {
        rule16 normalize = uniform_rule(scales[row].bias, scales[row].shift, scales[row].multiplier);
        __m256i a[2];
        widen_by_256(load_int16(l->x + (first + row) * l->x_stride + i, left), a);
        __m256i w = scale_interleaved(&normalize, _mm256_add_epi32(a[0], normalize.bias[0]),
                                      _mm256_add_epi32(a[1], normalize.bias[1]));
        store_int8(l->out + (first + row) * l->out_stride + i, rule_of_int16(&rule, &output, w), left);
      }
    }
  }
}

void swl_avx2_requantize(const swl_requantize *r) {
  output16 output = output_range(r->rule.zero_point, r->rule.low, r->rule.high);
  for (int32_t i = 0; i < r->channels; i += 16) {
    rule16 rule = interleaved(rule_of_channels(&r->rule, i));
    for (ptrdiff_t row = 0; row < r->rows; row++) {
      __m256i v = load_int16(r->x + row * r->x_stride + i, r->channels - i);
      store_int8(r->out + row * r->out_stride + i, rule_of_int16(&rule, &output, v), r->channels - i);
    }
  }
}

AVX2_END
#endif
