// Sums, products, look-ups and packing on AVX2.
#if defined(__x86_64__)
#include "avx2.h"

AVX2_BEGIN

INLINE void add_int16(const int16_t *a, const int16_t *b, int16_t *out, int32_t channels) {
  for (int32_t i = 0; i < channels; i += 16) {
    int32_t left = channels - i;
    store_int16(out + i, _mm256_adds_epi16(load_int16(a + i, left), load_int16(b + i, left)), left);
  }
}

void swl_avx2_add(const swl_add *s) {
  output16 output = output_range(s->zero_point, s->low, s->high);
  __m256i a_zero_point = _mm256_set1_epi16((int16_t)s->a_zero_point);
  __m256i b_zero_point = _mm256_set1_epi16((int16_t)s->b_zero_point);
  __m256i a_multiplier = _mm256_set1_epi16((int16_t)s->a_multiplier);
  __m256i b_multiplier = _mm256_set1_epi16((int16_t)s->b_multiplier);
  for (ptrdiff_t row = 0; row < s->rows; row++) {
    if (s->is_int16) {
      add_int16((const int16_t *)s->a + row * s->a_stride, (const int16_t *)s->b + row * s->b_stride,
                (int16_t *)s->out + row * s->out_stride, s->channels);
      continue;
    }
    const int8_t *a = (const int8_t *)s->a + row * s->a_stride;
    const int8_t *b = (const int8_t *)s->b + row * s->b_stride;
    int8_t *out = (int8_t *)s->out + row * s->out_stride;
    for (int32_t i = 0; i < s->channels; i += 16) {
      int32_t left = s->channels - i;
      __m256i w = _mm256_adds_epi16(addend16(load_int8(a + i, left), a_zero_point, a_multiplier),
                                    addend16(load_int8(b + i, left), b_zero_point, b_multiplier));
      store_int8(out + i, to_int8x16(&output, w), left);
    }
  }
}

void swl_avx2_multiply(const swl_multiply *p) {
  output16 output = output_range(p->zero_point, p->low, p->high);
  rule16 rule = uniform_rule(p->bias, p->shift, p->multiplier);
  __m256i a_zero_point = _mm256_set1_epi16((int16_t)p->a_zero_point);
  __m256i b_zero_point = _mm256_set1_epi16((int16_t)p->b_zero_point);
  for (ptrdiff_t row = 0; row < p->rows; row++) {
    for (int32_t i = 0; i < p->channels; i += 16) {
      int32_t left = p->channels - i;
      __m256i a = _mm256_cvtepi8_epi16(load_int8(p->a + row * p->a_stride + i, left));
      __m256i b = _mm256_cvtepi8_epi16(load_int8(p->b + row * p->b_stride + i, left));
      a = _mm256_sub_epi16(a, a_zero_point);
      b = _mm256_sub_epi16(b, b_zero_point);
      __m256i low = _mm256_mullo_epi16(a, b), high = _mm256_mulhi_epi16(a, b);
      __m256i w = scale_interleaved(&rule, _mm256_add_epi32(_mm256_unpacklo_epi16(low, high), rule.bias[0]),
                                    _mm256_add_epi32(_mm256_unpackhi_epi16(low, high), rule.bias[1]));
      store_int8(p->out + row * p->out_stride + i, to_int8x16(&output, w), left);
    }
  }
}

void swl_avx2_lookup(const swl_lookup *l) {
  table256 t = load_table(l->table);
  const int8_t *in = l->in;
  int8_t *out = l->out;
  const ptrdiff_t count = l->count;
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) store16(out + i, look_up16(&t, load16(in + i)));
  for (; i < count; i++) out[i] = l->table[in[i] + 128];
}

void swl_avx2_sum_rows8(const swl_sum_rows *s) {
  const int8_t *x = s->x;
  int32_t i = 0;
  for (; i + 8 <= s->channels; i += 8) {
    __m256i sum = load32(s->sums + i);
    for (ptrdiff_t row = 0; row < s->rows; row++) {
      sum = _mm256_add_epi32(sum, _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)(x + row * s->stride + i))));
    }
    store32(s->sums + i, sum);
  }
  swl_scalar_sum_rows8(&(swl_sum_rows){x + i, s->stride, s->rows, s->channels - i, s->sums + i});
}

void swl_avx2_sum_rows16(const swl_sum_rows *s) {
  const int16_t *x = s->x;
  int32_t i = 0;
  for (; i + 8 <= s->channels; i += 8) {
    __m256i sum = load32(s->sums + i);
    for (ptrdiff_t row = 0; row < s->rows; row++) {
      sum = _mm256_add_epi32(sum, _mm256_cvtepi16_epi32(load16(x + row * s->stride + i)));
    }
    store32(s->sums + i, sum);
  }
  swl_scalar_sum_rows16(&(swl_sum_rows){x + i, s->stride, s->rows, s->channels - i, s->sums + i});
}

void swl_avx2_requantize_sums(const swl_requantize_sums *s) {
  epilogue16 e;
  prepare_epilogue(&e, &s->rule, &s->epilogue);
  for (int32_t i = 0; i < s->channels; i += 16) {
    int32_t left = s->channels - i;
    rule16 r = rule_of_channels(&s->rule, i);
    _Alignas(32) int32_t last[16] = {0};
    const int32_t *sixteen = s->sums + i;
    if (left < 16) sixteen = memcpy(last, sixteen, (size_t)left * 4);
    __m256i w = scale_natural(&r, _mm256_add_epi32(load32(sixteen), r.bias[0]),
                              _mm256_add_epi32(load32(sixteen + 8), r.bias[1]));
    finish16(&e, w, 0, i, left);
  }
}

void swl_avx2_pack_columns(const swl_pack *p) {
  const int32_t channels = p->channels;
  int8_t *panels = p->panels;
  ptrdiff_t groups = (p->count + 3) / 4;
  for (ptrdiff_t group = 0; group < groups; group++) {
    const int8_t *four[4];
    for (int32_t i = 0; i < 4; i++) {
      int32_t j = (int32_t)group * 4 + i;
      four[i] = j < p->count ? p->rows + (p->index ? p->index[j] : j) * p->stride : NULL;
    }
    for (int32_t channel = 0; channel < channels; channel += 16) {
      __m128i v[4];
      for (int32_t i = 0; i < 4; i++) {
        v[i] = four[i] ? load_int8(four[i] + channel, channels - channel) : _mm_setzero_si128();
      }
      __m128i low[2] = {_mm_unpacklo_epi8(v[0], v[1]), _mm_unpacklo_epi8(v[2], v[3])};
      __m128i high[2] = {_mm_unpackhi_epi8(v[0], v[1]), _mm_unpackhi_epi8(v[2], v[3])};
      int8_t *out = panels + (channel / 16 * groups + group) * 64;
      store16(out, _mm_unpacklo_epi16(low[0], low[1]));
      store16(out + 16, _mm_unpackhi_epi16(low[0], low[1]));
      store16(out + 32, _mm_unpacklo_epi16(high[0], high[1]));
      store16(out + 48, _mm_unpackhi_epi16(high[0], high[1]));
    }
  }
}

AVX2_END
#endif
