// Layer normalisation and requantization of int16 rows on AVX-512.
#if defined(__x86_64__)
#include "avx512.h"
#include "../spec/rule.h"

AVX512_BEGIN

typedef struct {
  int64_t sum;
  uint64_t squares;
} moments;

// A pair of squares is at most 2^31, an unsigned int32; a pair sum of 65536 values stays within int32 in its lane.
INLINE moments row_moments(const int16_t *x, int32_t channels) {
  const __m512i low = _mm512_set1_epi64(UINT32_MAX);
  __m512i sums = _mm512_setzero_si512(), even = sums, odd = sums;
  for (int32_t i = 0; i < channels; i += 32) {
    __m512i v = load_words(x + i, first_words(channels - i));
    __m512i pairs = _mm512_madd_epi16(v, v);
    sums = _mm512_dpwssd_epi32(sums, v, _mm512_set1_epi16(1));
    even = _mm512_add_epi64(even, _mm512_and_si512(pairs, low));
    odd = _mm512_add_epi64(odd, _mm512_srli_epi64(pairs, 32));
  }
  __m512i wide = _mm512_add_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(sums)),
                                  _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(sums, 1)));
  return (moments){
      .sum = _mm512_reduce_add_epi64(wide),
      .squares = (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(even, odd)),
  };
}

// 256 * v + bias of sixty-four words in pack order, by lane.
INLINE void widen_words(const __m512i v[2], const __m512i bias[4], __m512i out[4]) {
  const __m512i by_256 = _mm512_set1_epi32(256);
  for (int i = 0; i < 2; i++) {
    out[2 * i] = _mm512_dpwssd_epi32(bias[2 * i], _mm512_unpacklo_epi16(v[i], v[i]), by_256);
    out[2 * i + 1] = _mm512_dpwssd_epi32(bias[2 * i + 1], _mm512_unpackhi_epi16(v[i], v[i]), by_256);
  }
}

INLINE void load_pack_order(const int16_t *x, ptrdiff_t count, __m512i v[2]) {
  v[0] = load_words(x, first_words(count));
  v[1] = load_words(x + 32, first_words(count - 32));
  words_to_pack_order(v, by_lane);
}

// Stores the rule on 256 * v + bias.
INLINE void store_rule(const rule64 *rule, const output64 *output, const __m512i v[2], int8_t *out, __mmask64 mask) {
  __m512i a[4], w[2];
  widen_words(v, rule->bias, a);
  scale64(rule, a, w);
  store_bytes(out, to_int8x64(output, w, by_lane), mask);
}

enum { strip_rows = 16 };

// The first stage of each row of a strip; its bias takes the mean away. The scalar part of many rows overlaps.
INLINE void find_scales(const swl_layer_norm *l, ptrdiff_t first, ptrdiff_t rows, swl_scale *scales) {
  moments m[strip_rows];
  int64_t n = l->channels;
  for (ptrdiff_t row = 0; row < rows; row++) m[row] = row_moments(l->x + (first + row) * l->x_stride, l->channels);
  for (ptrdiff_t row = 0; row < rows; row++) {
    uint64_t d = (uint64_t)n * m[row].squares - (uint64_t)(m[row].sum * m[row].sum) + l->epsilon;
    scales[row] = swl_normalizer(d, l->mantissa, l->exponent);
    scales[row].bias -= mean_by_256(m[row].sum, n);
  }
}

// By strips of rows, so that the channels' rule is made ready once a strip.
void swl_avx512vnni_layer_norm(const swl_layer_norm *l) {
  const output64 output = output_range(l->rule.zero_point, l->rule.low, l->rule.high);
  for (ptrdiff_t first = 0; first < l->rows; first += strip_rows) {
    swl_scale scales[strip_rows];
    ptrdiff_t rows = l->rows - first < strip_rows ? l->rows - first : strip_rows;
    find_scales(l, first, rows, scales);
    for (int32_t i = 0; i < l->channels; i += 64) {
      ptrdiff_t count = l->channels - i;
      const __mmask64 mask = first_bytes(count);
      const rule64 rule = rule_of_channels(&l->rule, i, count < 64 ? count : 64, by_lane);
      for (ptrdiff_t row = 0; row < rows; row++) {
        const __m512i start = _mm512_set1_epi32(scales[row].bias);
        __m512i v[2], a[4], w[2];
        load_pack_order(l->x + (first + row) * l->x_stride + i, count, v);
        widen_words(v, (__m512i[4]){start, start, start, start}, a);
        scale64_by(scales[row].shift, scales[row].multiplier, a, w);
        store_rule(&rule, &output, w, l->out + (first + row) * l->out_stride + i, mask);
      }
    }
  }
}

void swl_avx512vnni_requantize(const swl_requantize *r) {
  const output64 output = output_range(r->rule.zero_point, r->rule.low, r->rule.high);
  for (int32_t i = 0; i < r->channels; i += 64) {
    ptrdiff_t count = r->channels - i;
    const __mmask64 mask = first_bytes(count);
    const rule64 rule = rule_of_channels(&r->rule, i, count < 64 ? count : 64, by_lane);
    for (ptrdiff_t row = 0; row < r->rows; row++) {
      __m512i v[2];
      load_pack_order(r->x + row * r->x_stride + i, count, v);
      store_rule(&rule, &output, v, r->out + row * r->out_stride + i, mask);
    }
  }
}

AVX512_END
#endif
