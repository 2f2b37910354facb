// Sums, products and look-ups on AVX-512.
#if defined(__x86_64__)
#include "avx512.h"

AVX512_BEGIN

INLINE void add_int16(const int16_t *a, const int16_t *b, int16_t *out, int32_t channels) {
  for (int32_t i = 0; i < channels; i += 32) {
    __mmask32 mask = first_words(channels - i);
    store_words(out + i, _mm512_adds_epi16(load_words(a + i, mask), load_words(b + i, mask)), mask);
  }
}

void swl_avx512vnni_add(const swl_add *s) {
  const output64 output = output_range(s->zero_point, s->low, s->high);
  const __m512i a_zero_point = _mm512_set1_epi16((int16_t)(128 * s->a_zero_point));
  const __m512i b_zero_point = _mm512_set1_epi16((int16_t)(128 * s->b_zero_point));
  const __m512i a_multiplier = _mm512_set1_epi16((int16_t)s->a_multiplier);
  const __m512i b_multiplier = _mm512_set1_epi16((int16_t)s->b_multiplier);
  for (ptrdiff_t row = 0; row < s->rows; row++) {
    if (s->is_int16) {
      add_int16((const int16_t *)s->a + row * s->a_stride, (const int16_t *)s->b + row * s->b_stride,
                (int16_t *)s->out + row * s->out_stride, s->channels);
      continue;
    }
    const int8_t *a = (const int8_t *)s->a + row * s->a_stride;
    const int8_t *b = (const int8_t *)s->b + row * s->b_stride;
    int8_t *out = (int8_t *)s->out + row * s->out_stride;
    for (int32_t i = 0; i < s->channels; i += 64) {
      __mmask64 mask = first_bytes(s->channels - i);
      __m512i u[2], v[2];
      addend64(load_bytes(a + i, mask), a_zero_point, a_multiplier, u, by_lane);
      addend64(load_bytes(b + i, mask), b_zero_point, b_multiplier, v, by_lane);
      for (int k = 0; k < 2; k++) u[k] = _mm512_adds_epi16(u[k], v[k]);
      store_bytes(out + i, to_int8x64(&output, u, by_lane), mask);
    }
  }
}

// v - zero point of sixty-four int8, in words.
INLINE void centre64(__m512i bytes, __m512i zero_point, __m512i v[2]) {
  widen_bytes(bytes, v, by_lane);
  for (int k = 0; k < 2; k++) v[k] = _mm512_sub_epi16(_mm512_srai_epi16(v[k], 8), zero_point);
}

void swl_avx512vnni_multiply(const swl_multiply *p) {
  const output64 output = output_range(p->zero_point, p->low, p->high);
  const rule64 rule = uniform_rule(p->bias, p->shift, p->multiplier);
  const __m512i a_zero_point = _mm512_set1_epi16((int16_t)p->a_zero_point);
  const __m512i b_zero_point = _mm512_set1_epi16((int16_t)p->b_zero_point);
  for (ptrdiff_t row = 0; row < p->rows; row++) {
    const int8_t *left = p->a + row * p->a_stride, *right = p->b + row * p->b_stride;
    int8_t *out = p->out + row * p->out_stride;
    for (int32_t i = 0; i < p->channels; i += 64) {
      __mmask64 mask = first_bytes(p->channels - i);
      __m512i a[2], b[2], products[4], w[2];
      centre64(load_bytes(left + i, mask), a_zero_point, a);
      centre64(load_bytes(right + i, mask), b_zero_point, b);
      for (int k = 0; k < 2; k++) {
        __m512i low = _mm512_mullo_epi16(a[k], b[k]), high = _mm512_mulhi_epi16(a[k], b[k]);
        products[2 * k] = _mm512_add_epi32(_mm512_unpacklo_epi16(low, high), rule.bias[0]);
        products[2 * k + 1] = _mm512_add_epi32(_mm512_unpackhi_epi16(low, high), rule.bias[0]);
      }
      scale64(&rule, products, w);
      store_bytes(out + i, to_int8x64(&output, w, by_lane), mask);
    }
  }
}

void swl_avx512vnni_lookup(const swl_lookup *l) {
  const table256 t = load_table(l->table);
  const int8_t *in = l->in;
  int8_t *out = l->out;
  const ptrdiff_t count = l->count;
  for (ptrdiff_t i = 0; i < count; i += 64) {
    __mmask64 mask = first_bytes(count - i);
    store_bytes(out + i, look_up64(&t, load_bytes(in + i, mask)), mask);
  }
}

// Four rows at a time: their values of a channel side by side, times one.
void swl_avx512vnni_sum_rows8(const swl_sum_rows *s) {
  const int8_t *x = s->x;
  const __m512i one = _mm512_set1_epi8(1);
  for (int32_t i = 0; i < s->channels; i += 64) {
    const __mmask64 mask = first_bytes(s->channels - i);
    __m512i total[4] = {0};
    for (ptrdiff_t row = 0; row < s->rows; row += 4) {
      __m512i v[4];
      for (int k = 0; k < 4; k++) v[k] = load_bytes(x + (row + k) * s->stride + i, row + k < s->rows ? mask : 0);
      interleave_bytes(v);
      for (int k = 0; k < 4; k++) total[k] = _mm512_dpbusd_epi32(total[k], one, v[k]);
    }
    transpose_lanes(total);
    for (int k = 0; k < 4; k++) {
      int32_t *out = s->sums + i + 16 * k;
      __mmask16 some = first_dwords(s->channels - i - 16 * k);
      store_dwords(out, _mm512_add_epi32(load_dwords(out, some), total[k]), some);
    }
  }
}

// Two rows at a time, likewise.
void swl_avx512vnni_sum_rows16(const swl_sum_rows *s) {
  const int16_t *x = s->x;
  const __m512i one = _mm512_set1_epi16(1);
  const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  for (int32_t i = 0; i < s->channels; i += 32) {
    const __mmask32 mask = first_words(s->channels - i);
    __m512i low = _mm512_setzero_si512(), high = low;
    for (ptrdiff_t row = 0; row < s->rows; row += 2) {
      __m512i a = load_words(x + row * s->stride + i, mask);
      __m512i b = load_words(x + (row + 1) * s->stride + i, row + 1 < s->rows ? mask : 0);
      low = _mm512_dpwssd_epi32(low, _mm512_unpacklo_epi16(a, b), one);
      high = _mm512_dpwssd_epi32(high, _mm512_unpackhi_epi16(a, b), one);
    }
    __m512i total[2] = {_mm512_permutex2var_epi64(low, first, high), _mm512_permutex2var_epi64(low, second, high)};
    for (int k = 0; k < 2; k++) {
      int32_t *out = s->sums + i + 16 * k;
      __mmask16 some = first_dwords(s->channels - i - 16 * k);
      store_dwords(out, _mm512_add_epi32(load_dwords(out, some), total[k]), some);
    }
  }
}

AVX512_END
#endif
