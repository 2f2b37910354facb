// The width layer on AVX2: vectors of 32 bytes (names and orders: v128_neon.h).
//
// Lane l of register i of a block's dwords holds, in the order of lanes, the channels 16 l + 4 i to 16 l + 4 i + 3; in the order
// of panels, register i holds the channels 8 i to 8 i + 7.
#ifndef SWIFTLET_WIDTH_V256_AVX2_H
#define SWIFTLET_WIDTH_V256_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { block_channels = 32 };

typedef __m256i v8;
typedef __m256i v16;
typedef __m256i v32;

INLINE v8 load8(const void *p) { return _mm256_loadu_si256(p); }
INLINE v16 load16(const int16_t *p) { return _mm256_loadu_si256((const void *)p); }
INLINE v32 load32(const int32_t *p) { return _mm256_loadu_si256((const void *)p); }
INLINE void store8(void *p, v8 v) { _mm256_storeu_si256((void *)p, v); }
INLINE void store32(int32_t *p, v32 v) { _mm256_storeu_si256((void *)p, v); }
INLINE v8 set8(int32_t x) { return _mm256_set1_epi8((int8_t)x); }
INLINE v16 set16(int32_t x) { return _mm256_set1_epi16((int16_t)x); }
INLINE v16 set_pairs16(int32_t x, int32_t y) { return _mm256_set1_epi32((int32_t)((uint32_t)y << 16 | (uint16_t)x)); }
INLINE v32 set32(int32_t x) { return _mm256_set1_epi32(x); }

// A count as a number of elements among `most`.
INLINE int32_t within(ptrdiff_t count, int32_t most) {
  return count < 0 ? 0 : count < most ? (int32_t)count : most;
}

// The first `count` dwords of a vector, as all ones.
INLINE v32 first_dwords(ptrdiff_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(within(count, 8)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE v32 load32_some(const int32_t *p, ptrdiff_t count) {
  return count >= 8 ? load32(p) : _mm256_maskload_epi32(p, first_dwords(count));
}
// The first `size` bytes, fewer than 32: whole dwords by their mask, what is left of one byte by byte.
INLINE v8 load_bytes_some(const void *p, ptrdiff_t size) {
  if (size <= 0) return _mm256_setzero_si256();
  if ((size & 3) == 0) return _mm256_maskload_epi32(p, first_dwords(size / 4));
  int8_t buffer[32] = {0};
  memcpy(buffer, p, (size_t)size);
  return load8(buffer);
}
INLINE void store_bytes_some(void *p, v8 v, ptrdiff_t size) {
  int8_t *out = p;
  __m128i part = _mm256_castsi256_si128(v);
  if (size <= 0) return;
  if (size & 16) {
    _mm_storeu_si128((void *)out, part);
    part = _mm256_extracti128_si256(v, 1);
    out += 16;
  }
  if (size & 8) {
    _mm_storel_epi64((void *)out, part);
    part = _mm_srli_si128(part, 8);
    out += 8;
  }
  int64_t last = _mm_cvtsi128_si64(part);
  if (size & 4) {
    memcpy(out, &last, 4);
    last >>= 32;
    out += 4;
  }
  if (size & 2) {
    memcpy(out, &last, 2);
    last >>= 16;
    out += 2;
  }
  if (size & 1) *out = (int8_t)last;
}
INLINE v8 load8_some(const int8_t *p, ptrdiff_t count) { return count >= 32 ? load8(p) : load_bytes_some(p, count); }
INLINE v16 load16_some(const int16_t *p, ptrdiff_t count) {
  return count >= 16 ? load16(p) : load_bytes_some(p, 2 * count);
}
INLINE void store8_some(int8_t *p, v8 v, ptrdiff_t count) {
  if (count >= 32) return store8(p, v);
  store_bytes_some(p, v, count);
}
INLINE void store16_some(int16_t *p, v16 v, ptrdiff_t count) {
  if (count >= 16) return store8(p, v);
  store_bytes_some(p, v, 2 * count);
}
INLINE void store32_some(int32_t *p, v32 v, ptrdiff_t count) {
  if (count >= 8) return store32(p, v);
  store_bytes_some(p, v, 4 * count);
}

INLINE __m128i load_lane(const void *p) { return _mm_loadu_si128(p); }
INLINE void store_lane(int8_t *p, v8 v, const int lane) {
  _mm_storeu_si128((void *)p, lane ? _mm256_extracti128_si256(v, 1) : _mm256_castsi256_si128(v));
}

INLINE v8 first8(v8 v, ptrdiff_t count) {
  const v8 numbers = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
                                      24, 25, 26, 27, 28, 29, 30, 31);
  return _mm256_and_si256(v, _mm256_cmpgt_epi8(set8(within(count, 32)), numbers));
}
INLINE v16 first16(v16 v, v16 others, ptrdiff_t count) {
  const v16 numbers = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm256_blendv_epi8(others, v, _mm256_cmpgt_epi16(set16(within(count, 16)), numbers));
}

typedef enum { of_lanes, of_panels } order;
// The lower lanes of two registers, and the upper ones.
INLINE void exchange_lanes(v8 *a, v8 *b) {
  v8 low = _mm256_permute2x128_si256(*a, *b, 0x20);
  *b = _mm256_permute2x128_si256(*a, *b, 0x31);
  *a = low;
}
INLINE void dwords_to_pack_order(v32 v[4], const order order) {
  if (order == of_panels) return;
  v32 second = v[1];
  exchange_lanes(&v[0], &v[2]);
  exchange_lanes(&second, &v[3]);
  v[1] = v[2];
  v[2] = second;
}
INLINE void dwords_to_natural_order(v32 v[4], const order order) {
  if (order == of_panels) return;
  v32 third = v[2];
  exchange_lanes(&v[0], &v[1]);
  exchange_lanes(&third, &v[3]);
  v[2] = v[1];
  v[1] = third;
}
INLINE void words_to_pack_order(v16 w[2], const order order) {
  if (order == of_lanes) return exchange_lanes(&w[0], &w[1]);
  for (int i = 0; i < 2; i++) w[i] = _mm256_permute4x64_epi64(w[i], 0xD8);
}
INLINE void words_to_natural_order(v16 w[2], const order order) { words_to_pack_order(w, order); }
INLINE void widened_to_natural_order(v32 v[2]) { exchange_lanes(&v[0], &v[1]); }
INLINE v8 bytes_to_natural_order(v8 v, const order order) {
  if (order == of_lanes) return v;
  return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}
INLINE v8 bytes_to_pack_order(v8 v, const order order) {
  if (order == of_lanes) return v;
  return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
}

INLINE void widen8(v8 v, v16 w[2]) {
  w[0] = _mm256_srai_epi16(_mm256_unpacklo_epi8(v, v), 8);
  w[1] = _mm256_srai_epi16(_mm256_unpackhi_epi8(v, v), 8);
}
INLINE void widen8_by_128(v8 v, v16 w[2]) {
  w[0] = _mm256_srai_epi16(_mm256_unpacklo_epi8(_mm256_setzero_si256(), v), 1);
  w[1] = _mm256_srai_epi16(_mm256_unpackhi_epi8(_mm256_setzero_si256(), v), 1);
}
INLINE v8 narrow16(const v16 w[2]) { return _mm256_packs_epi16(w[0], w[1]); }
INLINE v16 narrow32(v32 a, v32 b) { return _mm256_packs_epi32(a, b); }
INLINE void widen_unsigned8(v8 v, v16 w[2]) {
  w[0] = _mm256_unpacklo_epi8(v, _mm256_setzero_si256());
  w[1] = _mm256_unpackhi_epi8(v, _mm256_setzero_si256());
}
INLINE v8 narrow_unsigned16(const v16 w[2]) { return _mm256_packus_epi16(w[0], w[1]); }

INLINE v8 max8(v8 a, v8 b) { return _mm256_max_epi8(a, b); }
INLINE v8 clamp8(v8 v, v8 low, v8 high) { return _mm256_min_epi8(_mm256_max_epi8(v, low), high); }
INLINE v8 and8(v8 a, v8 b) { return _mm256_and_si256(a, b); }
INLINE v16 add16_saturating(v16 a, v16 b) { return _mm256_adds_epi16(a, b); }
INLINE v16 subtract16(v16 a, v16 b) { return _mm256_sub_epi16(a, b); }
INLINE v16 maximum16(v16 a, v16 b) { return _mm256_max_epi16(a, b); }
INLINE v16 rdmulh(v16 a, v16 b) { return _mm256_mulhrs_epi16(a, b); }
INLINE v16 shift_right16(v16 v, const int count) { return _mm256_srai_epi16(v, count); }
INLINE v32 add32(v32 a, v32 b) { return _mm256_add_epi32(a, b); }
INLINE v32 subtract32(v32 a, v32 b) { return _mm256_sub_epi32(a, b); }
INLINE v32 shift_left32(v32 v, const int count) { return _mm256_slli_epi32(v, count); }
INLINE v32 shift_right32(v32 v, const int count) { return _mm256_srai_epi32(v, count); }
INLINE v32 and32(v32 a, v32 b) { return _mm256_and_si256(a, b); }
INLINE v32 or32(v32 a, v32 b) { return _mm256_or_si256(a, b); }
INLINE v32 xor32(v32 a, v32 b) { return _mm256_xor_si256(a, b); }
INLINE v32 clamp32(v32 v, int32_t low, int32_t high) { return _mm256_min_epi32(_mm256_max_epi32(v, set32(low)), set32(high)); }
INLINE v32 multiply_add32(v32 sums, v32 a, v32 b) { return _mm256_add_epi32(sums, _mm256_mullo_epi32(a, b)); }

INLINE v32 dwords_of(v8 v) { return v; }
INLINE v8 bytes_of(v32 v) { return v; }
INLINE v32 keep32(v32 v) {
  __asm__ volatile("" : "+x"(v));
  return v;
}
INLINE v8 set_fours(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, 4);
  return _mm256_set1_epi32(four);
}

typedef struct {
  v32 right, left;
} shifts;
INLINE shifts shifts_right(v32 counts) {
  v32 right = _mm256_max_epi32(counts, _mm256_setzero_si256());
  return (shifts){.right = right, .left = _mm256_sub_epi32(right, counts)};
}
INLINE v32 left_part(v32 v, shifts by) { return _mm256_sllv_epi32(v, by.left); }
INLINE v32 right_part(v32 v, shifts by) { return _mm256_srav_epi32(v, by.right); }
INLINE int any_left(const int8_t *counts, ptrdiff_t count) {
  return _mm256_movemask_epi8(load8_some(counts, count)) != 0;
}
INLINE void load_shift_counts(const int8_t *p, ptrdiff_t count, v32 counts[4]) {
  v8 bytes = load8_some(p, count);
  __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
  counts[0] = _mm256_cvtepi8_epi32(low);
  counts[1] = _mm256_cvtepi8_epi32(_mm_srli_si128(low, 8));
  counts[2] = _mm256_cvtepi8_epi32(high);
  counts[3] = _mm256_cvtepi8_epi32(_mm_srli_si128(high, 8));
}

INLINE void multiply_add16(v16 a, v16 b, const v32 sums[2], v32 out[2]) {
  const v16 zero = _mm256_setzero_si256();
  out[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(_mm256_unpacklo_epi16(a, zero), _mm256_unpacklo_epi16(b, zero)));
  out[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(_mm256_unpackhi_epi16(a, zero), _mm256_unpackhi_epi16(b, zero)));
}
INLINE void multiply_add_two16(v16 a, v16 b, v16 pairs, v32 sums[2]) {
  sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), pairs));
  sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), pairs));
}
INLINE v32 multiply_add_pairs16(v32 sums, v16 a, v16 b) { return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b)); }

INLINE v16 largest16(v16 v) {
  __m128i eight = _mm_max_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  // The smallest unsigned word of 0x7FFF - v belongs to the largest v.
  __m128i flipped = _mm_minpos_epu16(_mm_sub_epi16(_mm_set1_epi16(INT16_MAX), eight));
  return _mm256_broadcastw_epi16(_mm_sub_epi16(_mm_set1_epi16(INT16_MAX), flipped));
}
INLINE v32 add_pairs16(v32 sums, v16 v) { return multiply_add_pairs16(sums, v, set16(1)); }
typedef __m256i sums64;
INLINE sums64 no_sums64(void) { return _mm256_setzero_si256(); }
INLINE int64_t total_of_quads(__m256i v) {
  __m128i sum = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  return _mm_cvtsi128_si64(sum) + _mm_extract_epi64(sum, 1);
}
INLINE int64_t total32(v32 v) {
  return total_of_quads(_mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)),
                                         _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1))));
}
INLINE uint32_t wrapped_total32(v32 v) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
  return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1)));
}
// A pair of squares is at most 2^31, an unsigned int32.
INLINE sums64 add_squares16(sums64 sums, v16 v) {
  const __m256i pairs = _mm256_madd_epi16(v, v), zero = _mm256_setzero_si256();
  sums = _mm256_add_epi64(sums, _mm256_unpacklo_epi32(pairs, zero));
  return _mm256_add_epi64(sums, _mm256_unpackhi_epi32(pairs, zero));
}
INLINE uint64_t total64(sums64 s) { return (uint64_t)total_of_quads(s); }

INLINE void interleave_bytes(v8 v[4]) {
  v16 low[2] = {_mm256_unpacklo_epi8(v[0], v[1]), _mm256_unpacklo_epi8(v[2], v[3])};
  v16 high[2] = {_mm256_unpackhi_epi8(v[0], v[1]), _mm256_unpackhi_epi8(v[2], v[3])};
  v[0] = _mm256_unpacklo_epi16(low[0], low[1]);
  v[1] = _mm256_unpackhi_epi16(low[0], low[1]);
  v[2] = _mm256_unpacklo_epi16(high[0], high[1]);
  v[3] = _mm256_unpackhi_epi16(high[0], high[1]);
}
INLINE void add_four8(v8 v[4], v32 sums[4]) {
  interleave_bytes(v);
  for (int i = 0; i < 4; i++) {
    sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(set8(1), v[i]), set16(1)));
  }
}
INLINE void transpose_fours(v8 v[4]) {
  v32 a = _mm256_unpacklo_epi32(v[0], v[1]), b = _mm256_unpackhi_epi32(v[0], v[1]);
  v32 c = _mm256_unpacklo_epi32(v[2], v[3]), d = _mm256_unpackhi_epi32(v[2], v[3]);
  v[0] = _mm256_unpacklo_epi64(a, c);
  v[1] = _mm256_unpackhi_epi64(a, c);
  v[2] = _mm256_unpacklo_epi64(b, d);
  v[3] = _mm256_unpackhi_epi64(b, d);
}

// The differences of the table's sixteenths: a pshufb gives zero for negative indices, so subtracting 16 from an index at every
// step, and combining while it is not negative, leaves the entry of its sixteenth. The lower lane serves the non-negative values,
// the upper lane the negative ones.
typedef struct {
  v8 differences[8];
} table256;
INLINE table256 load_table256(const int8_t *table) {
  table256 t;
  v8 previous = _mm256_setzero_si256();
  for (int i = 0; i < 8; i++) {
    v8 entries = _mm256_loadu2_m128i((const void *)(table + 16 * i), (const void *)(table + 128 + 16 * i));
    t.differences[i] = _mm256_xor_si256(entries, previous);
    previous = entries;
  }
  return t;
}
// Of a lane, twice; the entries are those of both lanes together (xor).
INLINE v8 look_up_lane(const table256 *t, v8 lane) {
  v8 index = _mm256_xor_si256(lane, _mm256_inserti128_si256(_mm256_setzero_si256(), _mm_set1_epi8(-128), 1));
  v8 found = _mm256_shuffle_epi8(t->differences[0], index);
  UNROLL for (int i = 1; i < 8; i++) {
    index = _mm256_subs_epi8(index, set8(16));
    found = _mm256_xor_si256(found, _mm256_shuffle_epi8(t->differences[i], index));
  }
  return found;
}
INLINE v8 look_up256(const table256 *t, v8 v) {
  v8 low = look_up_lane(t, _mm256_permute2x128_si256(v, v, 0x00));
  v8 high = look_up_lane(t, _mm256_permute2x128_si256(v, v, 0x11));
  exchange_lanes(&low, &high);
  return _mm256_xor_si256(low, high);
}

// The entries as bytes: four times sixteen low bytes, and as many high ones, each in both lanes.
typedef struct {
  v8 low[4], high[4];
} exponential_table;
INLINE exponential_table load_exponentials(const uint16_t *table) {
  exponential_table t;
  for (int i = 0; i < 4; i++) {
    __m128i first = load_lane(table + 16 * i);
    __m128i second = load_lane(table + 16 * i + 8), mask = _mm_set1_epi16(255);
    t.low[i] = _mm256_broadcastsi128_si256(
        _mm_packus_epi16(_mm_and_si128(first, mask), _mm_and_si128(second, mask)));
    t.high[i] = _mm256_broadcastsi128_si256(_mm_packus_epi16(_mm_srli_epi16(first, 8), _mm_srli_epi16(second, 8)));
  }
  return t;
}
// (value + ((1 << k) >> 1)) >> k, k = min(d >> 6, 15), is a rounding product with 2^(15 - k); for k = 0 that factor is -2^15, and
// the product's sign is wrong.
INLINE v16 shift_by_64ths(v16 value, v16 d) {
  const v8 powers = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(-128, 64, 32, 16, 8, 4, 2, 1, -128, 64, 32, 16, 8, 4, 2, 1));
  v16 k = _mm256_min_epu16(_mm256_srli_epi16(d, 6), _mm256_set1_epi16(15));
  // The low byte's index is k - 8 and the high one's k + 120: entries from 8 on for k < 8, else (bit 7) zero.
  v16 both = _mm256_or_si256(k, _mm256_slli_epi16(k, 8));
  v16 index = _mm256_add_epi8(both, _mm256_set1_epi16(0x78F8));
  return _mm256_abs_epi16(_mm256_mulhrs_epi16(value, _mm256_shuffle_epi8(powers, index)));
}
INLINE void exponentials(const exponential_table *t, const v16 d[2], v16 e[2]) {
  v8 index = _mm256_packus_epi16(_mm256_and_si256(d[0], set16(63)), _mm256_and_si256(d[1], set16(63)));
  v8 low = _mm256_setzero_si256(), high = low;
  UNROLL for (int i = 0; i < 4; i++) {
    // An index of this sixteenth becomes 112...127, any other one at least 128, which finds zero.
    v8 within = _mm256_adds_epu8(_mm256_xor_si256(index, set8(16 * i)), set8(112));
    low = _mm256_or_si256(low, _mm256_shuffle_epi8(t->low[i], within));
    high = _mm256_or_si256(high, _mm256_shuffle_epi8(t->high[i], within));
  }
  e[0] = shift_by_64ths(_mm256_unpacklo_epi8(low, high), d[0]);
  e[1] = shift_by_64ths(_mm256_unpackhi_epi8(low, high), d[1]);
}

INLINE v8 low_bytes(const v16 w[2]) {
  v8 packed = _mm256_packus_epi16(_mm256_and_si256(w[0], set16(255)), _mm256_and_si256(w[1], set16(255)));
  return _mm256_permute4x64_epi64(packed, 0xD8);
}

INLINE v32 total_of_each(const v32 v[8]) {
  v32 first = _mm256_hadd_epi32(_mm256_hadd_epi32(v[0], v[1]), _mm256_hadd_epi32(v[2], v[3]));
  v32 second = _mm256_hadd_epi32(_mm256_hadd_epi32(v[4], v[5]), _mm256_hadd_epi32(v[6], v[7]));
  exchange_lanes(&first, &second);
  return _mm256_add_epi32(first, second);
}
INLINE void store_low_words_some(int16_t *p, v32 v, ptrdiff_t count) {
  v16 words = _mm256_permute4x64_epi64(_mm256_packs_epi32(v, v), 0xD8);
  if (count >= 8) return _mm_storeu_si128((void *)p, _mm256_castsi256_si128(words));
  store_bytes_some(p, words, 2 * count);
}
INLINE void store_low_bytes_some(int8_t *p, v32 v, ptrdiff_t count) {
  v16 words = _mm256_permute4x64_epi64(_mm256_packs_epi32(v, v), 0xD8);
  store_bytes_some(p, _mm256_packus_epi16(words, words), count < 8 ? count : 8);
}

// As many elements as a vector has dwords, widened; those behind the first `count` are zero, and are not touched.
INLINE v32 load16_as_32(const int16_t *p, ptrdiff_t count) {
  if (count >= 8) return _mm256_cvtepi16_epi32(load_lane(p));
  return _mm256_cvtepi16_epi32(_mm256_castsi256_si128(load16_some(p, count)));
}

#endif
