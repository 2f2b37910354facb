// The unnormalised softmax on AVX-512, sixty-four logits at a time.
#if defined(__x86_64__)
#include "avx512.h"

AVX512_BEGIN

// Twice the exponential's 64 entries.
typedef struct {
  __m512i low, high;
} exponentials;

// (t + ((1 << k) >> 1)) >> k is ((2 t >> k) + 1) >> 1, a rounding average with zero; for k above 14 it is zero, as is a
// shift by any count above 15.
INLINE __m512i exponentiate(const exponentials *twice, __m512i d) {
  __m512i entries = _mm512_permutex2var_epi16(twice->low, d, twice->high);  // by the low six bits
  return _mm512_avg_epu16(_mm512_srlv_epi16(entries, _mm512_srli_epi16(d, 6)), _mm512_setzero_si512());
}

INLINE __m512i row_maximum(const int16_t *logits, int32_t columns) {
  __m512i best = _mm512_set1_epi16(INT16_MIN), other = best;
  int32_t i = 0;
  for (; i + 64 <= columns; i += 64) {
    best = _mm512_max_epi16(best, load64(logits + i));
    other = _mm512_max_epi16(other, load64(logits + i + 32));
  }
  if (i + 32 <= columns) {
    best = _mm512_max_epi16(best, load64(logits + i));
    i += 32;
  }
  __mmask32 mask = first_words(columns - i);
  other = _mm512_mask_max_epi16(other, mask, other, load_words(logits + i, mask));
  best = _mm512_max_epi16(best, other);
  __m256i sixteen = _mm256_max_epi16(_mm512_castsi512_si256(best), _mm512_extracti64x4_epi64(best, 1));
  __m128i eight = _mm_max_epi16(_mm256_castsi256_si128(sixteen), _mm256_extracti128_si256(sixteen, 1));
  // The smallest unsigned word of 0x7FFF - s belongs to the largest s.
  const __m128i greatest = _mm_set1_epi16(INT16_MAX);
  __m128i least_flipped = _mm_minpos_epu16(_mm_sub_epi16(greatest, eight));
  return _mm512_broadcastw_epi16(_mm_sub_epi16(greatest, least_flipped));
}

// Every other byte of a pair of registers, from the first or the second one on.
INLINE __m512i every_other_byte(__m512i a, __m512i b, const int first) {
  __m512i index = _mm512_set_epi8(
      126, 124, 122, 120, 118, 116, 114, 112, 110, 108, 106, 104, 102, 100, 98, 96, 94, 92, 90, 88, 86, 84, 82, 80, 78,
      76, 74, 72, 70, 68, 66, 64, 62, 60, 58, 56, 54, 52, 50, 48, 46, 44, 42, 40, 38, 36, 34, 32, 30, 28, 26, 24, 22,
      20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  if (first) index = _mm512_or_si512(index, _mm512_set1_epi8(1));
  return _mm512_permutex2var_epi8(a, index, b);
}

// The low plane, or both planes, of sixty-four exponentials.
INLINE void store_planes(int8_t *high, int8_t *low, ptrdiff_t i, const __m512i e[2], __mmask64 mask, const int planes) {
  __m512i bytes = every_other_byte(e[0], e[1], 0);
  if (planes == 2) {
    bytes = _mm512_and_si512(bytes, _mm512_set1_epi8(127));
    store_bytes(high + i, every_other_byte(_mm512_slli_epi16(e[0], 1), _mm512_slli_epi16(e[1], 1), 1), mask);
  }
  store_bytes(low + i, bytes, mask);
}

INLINE void exponentiate_row(const swl_softmax *s, const exponentials *twice, ptrdiff_t row, const int planes) {
  const int16_t *logits = s->logits + row * s->logits_stride;
  int8_t *high = planes == 2 ? s->high + row * s->plane_stride : NULL;
  int8_t *low = s->low + row * s->plane_stride;
  const __m512i ones = _mm512_set1_epi16(1);
  const __m512i max = row_maximum(logits, s->columns);
  __m512i sums = _mm512_setzero_si512();
  int32_t i = 0;
  for (; i + 64 <= s->columns; i += 64) {
    __m512i e[2];
    for (int j = 0; j < 2; j++) {
      e[j] = exponentiate(twice, _mm512_sub_epi16(max, load64(logits + i + 32 * j)));
      sums = _mm512_dpwssd_epi32(sums, e[j], ones);
    }
    store_planes(high, low, i, e, ~0ull, planes);
  }
  for (; i < s->padded_columns; i += 64) {
    __m512i e[2];
    for (int j = 0; j < 2; j++) {
      __mmask32 mask = first_words(s->columns - i - 32 * j);
      __m512i d = _mm512_sub_epi16(max, load_words(logits + i + 32 * j, mask));
      e[j] = _mm512_maskz_mov_epi16(mask, exponentiate(twice, d));
      sums = _mm512_dpwssd_epi32(sums, e[j], ones);
    }
    store_planes(high, low, i, e, first_bytes(s->padded_columns - i), planes);
  }
  s->sums[row] = (uint32_t)_mm512_reduce_add_epi32(sums);
}

void swl_avx512vnni_softmax(const swl_softmax *s) {
  const __m512i low = load64(s->table), high = load64(s->table + 32);
  const exponentials twice = {_mm512_slli_epi16(low, 1), _mm512_slli_epi16(high, 1)};
  if (s->high) {
    for (ptrdiff_t row = 0; row < s->rows; row++) exponentiate_row(s, &twice, row, 2);
  } else {
    for (ptrdiff_t row = 0; row < s->rows; row++) exponentiate_row(s, &twice, row, 1);
  }
}

AVX512_END
#endif
