// The unnormalised softmax on AVX2, thirty-two logits at a time.
#if defined(__x86_64__)
#include "avx2.h"

AVX2_BEGIN

// The exponential's 64 entries as bytes: four times sixteen low bytes, and as many high ones, each in both lanes.
typedef struct {
  __m256i low[4], high[4];
} exponentials;

INLINE exponentials load_exponentials(const uint16_t *table) {
  exponentials t;
  for (int i = 0; i < 4; i++) {
    __m128i first = load16(table + 16 * i), second = load16(table + 16 * i + 8);
    __m128i mask = _mm_set1_epi16(255);
    t.low[i] = _mm256_broadcastsi128_si256(
        _mm_packus_epi16(_mm_and_si128(first, mask), _mm_and_si128(second, mask)));
    t.high[i] = _mm256_broadcastsi128_si256(_mm_packus_epi16(_mm_srli_epi16(first, 8), _mm_srli_epi16(second, 8)));
  }
  return t;
}

// (value + ((1 << k) >> 1)) >> k, k = min(d >> 6, 15), is a rounding product with 2^(15 - k); for k = 0 that factor is
// -2^15, and the product's sign is wrong.
INLINE __m256i halve(__m256i value, __m256i d) {
  const __m256i powers = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(-128, 64, 32, 16, 8, 4, 2, 1, -128, 64, 32, 16, 8, 4, 2, 1));
  __m256i k = _mm256_min_epu16(_mm256_srli_epi16(d, 6), _mm256_set1_epi16(15));
  // The low byte's index is k - 8 and the high one's k + 120: entries from 8 on for k < 8, else (bit 7) zero.
  __m256i both = _mm256_or_si256(k, _mm256_slli_epi16(k, 8));
  __m256i index = _mm256_add_epi8(both, _mm256_set1_epi16(0x78F8));
  return _mm256_abs_epi16(_mm256_mulhrs_epi16(value, _mm256_shuffle_epi8(powers, index)));
}

// Thirty-two distances from the maximum, in the order that packs gives, become their exponentials.
INLINE void exponentiate(const exponentials *t, __m256i d[2]) {
  const __m256i fraction = _mm256_set1_epi16(63);
  __m256i index = _mm256_packus_epi16(_mm256_and_si256(d[0], fraction), _mm256_and_si256(d[1], fraction));
  __m256i low = _mm256_setzero_si256(), high = low;
  for (int i = 0; i < 4; i++) {
    // An index of this sixteenth becomes 112...127, any other one at least 128, which finds zero.
    __m256i within = _mm256_xor_si256(index, _mm256_set1_epi8((int8_t)(16 * i)));
    within = _mm256_adds_epu8(within, _mm256_set1_epi8(112));
    low = _mm256_or_si256(low, _mm256_shuffle_epi8(t->low[i], within));
    high = _mm256_or_si256(high, _mm256_shuffle_epi8(t->high[i], within));
  }
  d[0] = halve(_mm256_unpacklo_epi8(low, high), d[0]);
  d[1] = halve(_mm256_unpackhi_epi8(low, high), d[1]);
}

// Sixteen zero or all-one words: the first `count` are ones.
INLINE __m256i first_words(int32_t count) {
  const __m256i index = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm256_cmpgt_epi16(_mm256_set1_epi16((int16_t)(count < 16 ? count : 16)), index);
}

INLINE __m256i pack_natural(__m256i a, __m256i b) {
  return _mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xD8);
}

INLINE void store_bytes(int8_t *p, __m256i v, int32_t count) {
  if (count >= 32) return store32(p, v);
  _Alignas(32) int8_t buffer[32];
  store32(buffer, v);
  memcpy(p, buffer, (size_t)count);
}

INLINE int32_t row_maximum(const int16_t *logits, int32_t columns) {
  __m256i best = _mm256_set1_epi16(INT16_MIN);
  int32_t i = 0;
  for (; i + 16 <= columns; i += 16) best = _mm256_max_epi16(best, load32(logits + i));
  __m128i eight = _mm_max_epi16(_mm256_castsi256_si128(best), _mm256_extracti128_si256(best, 1));
  // The smallest unsigned word of 0x7FFF - s belongs to the largest s.
  __m128i flipped = _mm_minpos_epu16(_mm_sub_epi16(_mm_set1_epi16(INT16_MAX), eight));
  int32_t max = INT16_MAX - _mm_extract_epi16(flipped, 0);
  for (; i < columns; i++) max = logits[i] > max ? logits[i] : max;
  return max;
}

void swl_avx2_softmax(const swl_softmax *s) {
  exponentials table = load_exponentials(s->table);
  const __m256i ones = _mm256_set1_epi16(1);
  for (ptrdiff_t row = 0; row < s->rows; row++) {
    const int16_t *logits = s->logits + row * s->logits_stride;
    int8_t *high = s->high ? s->high + row * s->plane_stride : NULL;
    int8_t *low = s->low + row * s->plane_stride;
    __m256i max = _mm256_set1_epi16((int16_t)row_maximum(logits, s->columns));
    __m256i sums = _mm256_setzero_si256();
    for (int32_t i = 0; i < s->padded_columns; i += 32) {
      __m256i e[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
      int32_t left = s->columns - i;
      if (left >= 32) {
        e[0] = _mm256_sub_epi16(max, load32(logits + i));
        e[1] = _mm256_sub_epi16(max, load32(logits + i + 16));
        exponentiate(&table, e);
      } else if (left > 0) {
        e[0] = _mm256_sub_epi16(max, load_int16(logits + i, left));
        if (left > 16) e[1] = _mm256_sub_epi16(max, load_int16(logits + i + 16, left - 16));
        exponentiate(&table, e);
        e[0] = _mm256_and_si256(e[0], first_words(left));
        e[1] = _mm256_and_si256(e[1], first_words(left - 16));
      }
      sums = _mm256_add_epi32(sums, _mm256_add_epi32(_mm256_madd_epi16(e[0], ones), _mm256_madd_epi16(e[1], ones)));
      int32_t count = s->padded_columns - i;
      if (high) {
        store_bytes(high + i, pack_natural(_mm256_srli_epi16(e[0], 7), _mm256_srli_epi16(e[1], 7)), count);
        const __m256i mask = _mm256_set1_epi16(127);
        e[0] = _mm256_and_si256(e[0], mask);
        e[1] = _mm256_and_si256(e[1], mask);
      }
      store_bytes(low + i, pack_natural(e[0], e[1]), count);
    }
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1));
    s->sums[row] = (uint32_t)_mm_cvtsi128_si32(sum);
  }
}

AVX2_END
#endif
