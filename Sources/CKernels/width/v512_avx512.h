// The width layer on AVX-512 with VBMI and VNNI: vectors of 64 bytes (names and orders: v128_neon.h).
//
// Lane l of register i of a block's dwords holds, in the order of lanes, the channels 16 l + 4 i to 16 l + 4 i + 3; in the order
// of panels, register i holds the channels 16 i to 16 i + 15.
#ifndef SWIFTLET_WIDTH_V512_AVX512_H
#define SWIFTLET_WIDTH_V512_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { block_channels = 64 };

typedef __m512i v8;
typedef __m512i v16;
typedef __m512i v32;

// Masks of the first `count` bytes, words and dwords of a vector.
INLINE __mmask64 first_bytes(ptrdiff_t count) { return count >= 64 ? ~0ull : count > 0 ? ~0ull >> (64 - count) : 0; }
INLINE __mmask32 first_words(ptrdiff_t count) { return count >= 32 ? ~0u : count > 0 ? ~0u >> (32 - count) : 0; }
INLINE __mmask16 first_dwords(ptrdiff_t count) {
  return (__mmask16)(count >= 16 ? 0xFFFF : count > 0 ? 0xFFFF >> (16 - count) : 0);
}

INLINE v8 load8(const void *p) { return _mm512_loadu_si512(p); }
INLINE v16 load16(const int16_t *p) { return _mm512_loadu_si512(p); }
INLINE void store8(void *p, v8 v) { _mm512_storeu_si512(p, v); }
INLINE v8 set8(int32_t x) { return _mm512_set1_epi8((int8_t)x); }
INLINE v16 set16(int32_t x) { return _mm512_set1_epi16((int16_t)x); }
INLINE v16 set_pairs16(int32_t x, int32_t y) { return _mm512_set1_epi32((int32_t)((uint32_t)y << 16 | (uint16_t)x)); }
INLINE v32 set32(int32_t x) { return _mm512_set1_epi32(x); }

INLINE v8 load8_some(const int8_t *p, ptrdiff_t count) { return _mm512_maskz_loadu_epi8(first_bytes(count), p); }
INLINE v16 load16_some(const int16_t *p, ptrdiff_t count) { return _mm512_maskz_loadu_epi16(first_words(count), p); }
INLINE v32 load32_some(const int32_t *p, ptrdiff_t count) { return _mm512_maskz_loadu_epi32(first_dwords(count), p); }
INLINE void store8_some(int8_t *p, v8 v, ptrdiff_t count) { _mm512_mask_storeu_epi8(p, first_bytes(count), v); }
INLINE void store16_some(int16_t *p, v16 v, ptrdiff_t count) { _mm512_mask_storeu_epi16(p, first_words(count), v); }
INLINE void store32_some(int32_t *p, v32 v, ptrdiff_t count) { _mm512_mask_storeu_epi32(p, first_dwords(count), v); }

INLINE void store_lane(int8_t *p, v8 v, const int lane) {
  switch (lane) {
    case 0: return _mm_storeu_si128((void *)p, _mm512_castsi512_si128(v));
    case 1: return _mm_storeu_si128((void *)p, _mm512_extracti32x4_epi32(v, 1));
    case 2: return _mm_storeu_si128((void *)p, _mm512_extracti32x4_epi32(v, 2));
    default: return _mm_storeu_si128((void *)p, _mm512_extracti32x4_epi32(v, 3));
  }
}

INLINE v8 first8(v8 v, ptrdiff_t count) { return _mm512_maskz_mov_epi8(first_bytes(count), v); }
INLINE v16 first16(v16 v, v16 others, ptrdiff_t count) { return _mm512_mask_mov_epi16(others, first_words(count), v); }

// Four registers as a 4 x 4 matrix of lanes, transposed.
INLINE void transpose_lanes(v32 v[4]) {
  v32 a = _mm512_shuffle_i32x4(v[0], v[1], 0x44), b = _mm512_shuffle_i32x4(v[0], v[1], 0xEE);
  v32 c = _mm512_shuffle_i32x4(v[2], v[3], 0x44), d = _mm512_shuffle_i32x4(v[2], v[3], 0xEE);
  v[0] = _mm512_shuffle_i32x4(a, c, 0x88);
  v[1] = _mm512_shuffle_i32x4(a, c, 0xDD);
  v[2] = _mm512_shuffle_i32x4(b, d, 0x88);
  v[3] = _mm512_shuffle_i32x4(b, d, 0xDD);
}

typedef enum { of_lanes, of_panels } order;
INLINE void dwords_to_pack_order(v32 v[4], const order order) {
  if (order == of_lanes) transpose_lanes(v);
}
INLINE void dwords_to_natural_order(v32 v[4], const order order) { dwords_to_pack_order(v, order); }
INLINE void words_to_pack_order(v16 w[2], const order order) {
  if (order == of_panels) {
    const v32 quads = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    for (int i = 0; i < 2; i++) w[i] = _mm512_permutexvar_epi64(quads, w[i]);
  } else {
    v16 even = _mm512_shuffle_i32x4(w[0], w[1], 0x88);
    w[1] = _mm512_shuffle_i32x4(w[0], w[1], 0xDD);
    w[0] = even;
  }
}
INLINE void words_to_natural_order(v16 w[2], const order order) {
  if (order == of_panels) {
    const v32 quads = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    for (int i = 0; i < 2; i++) w[i] = _mm512_permutexvar_epi64(quads, w[i]);
  } else {
    v16 first = _mm512_permutex2var_epi64(w[0], _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), w[1]);
    w[1] = _mm512_permutex2var_epi64(w[0], _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), w[1]);
    w[0] = first;
  }
}
INLINE void widened_to_natural_order(v32 v[2]) { words_to_natural_order(v, of_lanes); }
INLINE v8 bytes_to_natural_order(v8 v, const order order) {
  if (order == of_lanes) return v;
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), v);
}
INLINE v8 bytes_to_pack_order(v8 v, const order order) { return bytes_to_natural_order(v, order); }

INLINE void widen8(v8 v, v16 w[2]) {
  w[0] = _mm512_srai_epi16(_mm512_unpacklo_epi8(v, v), 8);
  w[1] = _mm512_srai_epi16(_mm512_unpackhi_epi8(v, v), 8);
}
INLINE void widen8_by_128(v8 v, v16 w[2]) {
  w[0] = _mm512_srai_epi16(_mm512_unpacklo_epi8(_mm512_setzero_si512(), v), 1);
  w[1] = _mm512_srai_epi16(_mm512_unpackhi_epi8(_mm512_setzero_si512(), v), 1);
}
INLINE v8 narrow16(const v16 w[2]) { return _mm512_packs_epi16(w[0], w[1]); }
INLINE v16 narrow32(v32 a, v32 b) { return _mm512_packs_epi32(a, b); }

INLINE v8 max8(v8 a, v8 b) { return _mm512_max_epi8(a, b); }
INLINE v8 clamp8(v8 v, v8 low, v8 high) { return _mm512_min_epi8(_mm512_max_epi8(v, low), high); }
INLINE v8 and8(v8 a, v8 b) { return _mm512_and_si512(a, b); }
INLINE v16 add16_saturating(v16 a, v16 b) { return _mm512_adds_epi16(a, b); }
INLINE v16 subtract16(v16 a, v16 b) { return _mm512_sub_epi16(a, b); }
INLINE v16 maximum16(v16 a, v16 b) { return _mm512_max_epi16(a, b); }
INLINE v16 rdmulh(v16 a, v16 b) { return _mm512_mulhrs_epi16(a, b); }
INLINE v16 shift_right16(v16 v, const int count) { return _mm512_srai_epi16(v, (unsigned)count); }
INLINE v32 add32(v32 a, v32 b) { return _mm512_add_epi32(a, b); }
INLINE v32 subtract32(v32 a, v32 b) { return _mm512_sub_epi32(a, b); }
INLINE v32 shift_left32(v32 v, const int count) { return _mm512_slli_epi32(v, (unsigned)count); }

INLINE v32 shift_right32(v32 v, const int count) { return _mm512_srai_epi32(v, (unsigned)count); }
INLINE v32 and32(v32 a, v32 b) { return _mm512_and_si512(a, b); }
INLINE v32 or32(v32 a, v32 b) { return _mm512_or_si512(a, b); }

INLINE v32 dwords_of(v8 v) { return v; }
INLINE v8 bytes_of(v32 v) { return v; }
INLINE v32 keep32(v32 v) {
  __asm__ volatile("" : "+v"(v));
  return v;
}
INLINE v8 set_fours(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, 4);
  return _mm512_set1_epi32(four);
}

typedef struct {
  v32 right, left;
} shifts;
INLINE shifts shifts_right(v32 counts) {
  v32 right = _mm512_max_epi32(counts, _mm512_setzero_si512());
  return (shifts){.right = right, .left = _mm512_sub_epi32(right, counts)};
}
INLINE v32 left_part(v32 v, shifts by) { return _mm512_sllv_epi32(v, by.left); }
INLINE v32 right_part(v32 v, shifts by) { return _mm512_srav_epi32(v, by.right); }
INLINE int any_left(const int8_t *counts, ptrdiff_t count) {
  return _mm512_movepi8_mask(load8_some(counts, count)) != 0;
}
INLINE void load_shift_counts(const int8_t *p, ptrdiff_t count, v32 counts[4]) {
  v8 bytes = load8_some(p, count);
  counts[0] = _mm512_cvtepi8_epi32(_mm512_castsi512_si128(bytes));
  counts[1] = _mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(bytes, 1));
  counts[2] = _mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(bytes, 2));
  counts[3] = _mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(bytes, 3));
}

INLINE void multiply_add16(v16 a, v16 b, const v32 sums[2], v32 out[2]) {
  const v16 zero = _mm512_setzero_si512();
  out[0] = _mm512_dpwssd_epi32(sums[0], _mm512_unpacklo_epi16(a, zero), _mm512_unpacklo_epi16(b, zero));
  out[1] = _mm512_dpwssd_epi32(sums[1], _mm512_unpackhi_epi16(a, zero), _mm512_unpackhi_epi16(b, zero));
}
INLINE void multiply_add_two16(v16 a, v16 b, v16 pairs, v32 sums[2]) {
  sums[0] = _mm512_dpwssd_epi32(sums[0], _mm512_unpacklo_epi16(a, b), pairs);
  sums[1] = _mm512_dpwssd_epi32(sums[1], _mm512_unpackhi_epi16(a, b), pairs);
}

INLINE v16 largest16(v16 v) {
  __m256i sixteen = _mm256_max_epi16(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
  __m128i eight = _mm_max_epi16(_mm256_castsi256_si128(sixteen), _mm256_extracti128_si256(sixteen, 1));
  // The smallest unsigned word of 0x7FFF - v belongs to the largest v.
  __m128i flipped = _mm_minpos_epu16(_mm_sub_epi16(_mm_set1_epi16(INT16_MAX), eight));
  return _mm512_broadcastw_epi16(_mm_sub_epi16(_mm_set1_epi16(INT16_MAX), flipped));
}
INLINE v32 add_pairs16(v32 sums, v16 v) { return _mm512_dpwssd_epi32(sums, v, set16(1)); }
INLINE int64_t total32(v32 v) {
  return _mm512_reduce_add_epi64(_mm512_add_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(v)),
                                                  _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(v, 1))));
}
INLINE uint32_t wrapped_total32(v32 v) { return (uint32_t)_mm512_reduce_add_epi32(v); }
typedef struct {
  __m512i even, odd;
} sums64;
INLINE sums64 no_sums64(void) { return (sums64){_mm512_setzero_si512(), _mm512_setzero_si512()}; }
// A pair of squares is at most 2^31, an unsigned int32.
INLINE sums64 add_squares16(sums64 sums, v16 v) {
  __m512i pairs = _mm512_madd_epi16(v, v);
  sums.even = _mm512_add_epi64(sums.even, _mm512_and_si512(pairs, _mm512_set1_epi64(UINT32_MAX)));
  sums.odd = _mm512_add_epi64(sums.odd, _mm512_srli_epi64(pairs, 32));
  return sums;
}
INLINE uint64_t total64(sums64 s) { return (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(s.even, s.odd)); }

INLINE void interleave_bytes(v8 v[4]) {
  v16 low[2] = {_mm512_unpacklo_epi8(v[0], v[1]), _mm512_unpacklo_epi8(v[2], v[3])};
  v16 high[2] = {_mm512_unpackhi_epi8(v[0], v[1]), _mm512_unpackhi_epi8(v[2], v[3])};
  v[0] = _mm512_unpacklo_epi16(low[0], low[1]);
  v[1] = _mm512_unpackhi_epi16(low[0], low[1]);
  v[2] = _mm512_unpacklo_epi16(high[0], high[1]);
  v[3] = _mm512_unpackhi_epi16(high[0], high[1]);
}
INLINE void add_four8(v8 v[4], v32 sums[4]) {
  interleave_bytes(v);
  for (int i = 0; i < 4; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], set8(1), v[i]);
}
INLINE void transpose_fours(v8 v[4]) {
  v32 a = _mm512_unpacklo_epi32(v[0], v[1]), b = _mm512_unpackhi_epi32(v[0], v[1]);
  v32 c = _mm512_unpacklo_epi32(v[2], v[3]), d = _mm512_unpackhi_epi32(v[2], v[3]);
  v[0] = _mm512_unpacklo_epi64(a, c);
  v[1] = _mm512_unpackhi_epi64(a, c);
  v[2] = _mm512_unpacklo_epi64(b, d);
  v[3] = _mm512_unpackhi_epi64(b, d);
}

typedef struct {
  v8 quarters[4];
} table256;
INLINE table256 load_table256(const int8_t *table) {
  table256 t;
  for (int i = 0; i < 4; i++) t.quarters[i] = load8(table + 64 * i);
  return t;
}
INLINE v8 look_up256(const table256 *t, v8 v) {
  v8 negative = _mm512_permutex2var_epi8(t->quarters[0], v, t->quarters[1]);
  v8 positive = _mm512_permutex2var_epi8(t->quarters[2], v, t->quarters[3]);
  return _mm512_mask_mov_epi8(positive, _mm512_movepi8_mask(v), negative);
}

// Twice the exponential's entries: (t + ((1 << k) >> 1)) >> k is ((2 t >> k) + 1) >> 1, a rounding average with zero; for k above
// 14 it is zero, as is a shift by any count above 15.
typedef struct {
  v16 low, high;
} exponential_table;
INLINE exponential_table load_exponentials(const uint16_t *table) {
  return (exponential_table){_mm512_slli_epi16(load8(table), 1), _mm512_slli_epi16(load8(table + 32), 1)};
}
INLINE void exponentials(const exponential_table *t, const v16 d[2], v16 e[2]) {
  for (int i = 0; i < 2; i++) {
    v16 entries = _mm512_permutex2var_epi16(t->low, d[i], t->high);  // by the low six bits
    e[i] = _mm512_avg_epu16(_mm512_srlv_epi16(entries, _mm512_srli_epi16(d[i], 6)), _mm512_setzero_si512());
  }
}

INLINE v8 low_bytes(const v16 w[2]) {
  const v8 even = _mm512_set_epi8(
      126, 124, 122, 120, 118, 116, 114, 112, 110, 108, 106, 104, 102, 100, 98, 96, 94, 92, 90, 88, 86, 84, 82, 80, 78,
      76, 74, 72, 70, 68, 66, 64, 62, 60, 58, 56, 54, 52, 50, 48, 46, 44, 42, 40, 38, 36, 34, 32, 30, 28, 26, 24, 22,
      20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  return _mm512_permutex2var_epi8(w[0], even, w[1]);
}

#endif
