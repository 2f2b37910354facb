// The width layer on clang's vector extensions: vectors of 16 bytes (names and orders: v128_neon.h). Both pack orders are the
// natural one.
#ifndef SWIFTLET_WIDTH_V128_PORTABLE_H
#define SWIFTLET_WIDTH_V128_PORTABLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { block_channels = 16 };

typedef int8_t v8 __attribute__((vector_size(16)));
typedef int16_t v16 __attribute__((vector_size(16)));
typedef int32_t v32 __attribute__((vector_size(16)));
typedef uint8_t unsigned8 __attribute__((vector_size(16)));
typedef uint16_t unsigned16 __attribute__((vector_size(16)));
typedef uint32_t unsigned32 __attribute__((vector_size(16)));
typedef int16_t words4 __attribute__((vector_size(8)));
typedef int8_t bytes8 __attribute__((vector_size(8)));
typedef uint8_t unsigned8x8 __attribute__((vector_size(8)));
typedef int32_t dwords8 __attribute__((vector_size(32)));
typedef int16_t words16 __attribute__((vector_size(32)));

#define LOW_HALF(v) __builtin_shufflevector(v, v, 0, 1, 2, 3)
#define HIGH_HALF(v) __builtin_shufflevector(v, v, 4, 5, 6, 7)
#define LOW_BYTES(v) __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
#define HIGH_BYTES(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)
#define BETWEEN(v, low, high) __builtin_elementwise_min(__builtin_elementwise_max(v, low), high)

INLINE v8 set8(int32_t x) { return (v8){0} + (int8_t)x; }
INLINE v16 set16(int32_t x) { return (v16){0} + (int16_t)x; }
INLINE v32 set32(int32_t x) { return (v32){0} + x; }
INLINE v16 set_pairs16(int32_t x, int32_t y) { return (v16)set32((int32_t)((uint32_t)y << 16 | (uint16_t)x)); }

INLINE v8 load8(const void *p) {
  v8 v;
  memcpy(&v, p, 16);
  return v;
}
INLINE v16 load16(const int16_t *p) { return (v16)load8(p); }
INLINE void store8(void *p, v8 v) { memcpy(p, &v, 16); }
INLINE void store32(int32_t *p, v32 v) { store8(p, (v8)v); }
INLINE v8 load_bytes_some(const void *p, ptrdiff_t size) {
  if (size >= 16) return load8(p);
  v8 v = set8(0);
  if (size > 0) memcpy(&v, p, (size_t)size);
  return v;
}
INLINE void store_bytes_some(void *p, v8 v, ptrdiff_t size) {
  if (size >= 16) return store8(p, v);
  if (size > 0) memcpy(p, &v, (size_t)size);
}
INLINE v8 load8_some(const int8_t *p, ptrdiff_t count) { return load_bytes_some(p, count); }
INLINE v16 load16_some(const int16_t *p, ptrdiff_t count) { return (v16)load_bytes_some(p, 2 * count); }
INLINE v32 load32_some(const int32_t *p, ptrdiff_t count) { return (v32)load_bytes_some(p, 4 * count); }
INLINE void store8_some(int8_t *p, v8 v, ptrdiff_t count) { store_bytes_some(p, v, count); }
INLINE void store16_some(int16_t *p, v16 v, ptrdiff_t count) { store_bytes_some(p, (v8)v, 2 * count); }
INLINE void store32_some(int32_t *p, v32 v, ptrdiff_t count) { store_bytes_some(p, (v8)v, 4 * count); }
INLINE void store_lane(int8_t *p, v8 v, const int lane) { (void)lane, store8(p, v); }

// A count as a number of elements among `most`.
INLINE int32_t within(ptrdiff_t count, int32_t most) {
  return count < 0 ? 0 : count < most ? (int32_t)count : most;
}

INLINE v8 first8(v8 v, ptrdiff_t count) {
  const v8 numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return v & (v8)(numbers < set8(within(count, 16)));
}
INLINE v16 first16(v16 v, v16 others, ptrdiff_t count) {
  const v16 numbers = {0, 1, 2, 3, 4, 5, 6, 7};
  const v16 mask = (v16)(numbers < set16(within(count, 8)));
  return (v & mask) | (others & ~mask);
}

typedef enum { of_lanes, of_panels } order;
INLINE void widened_to_natural_order(v32 v[2]) { (void)v; }
INLINE v8 bytes_to_pack_order(v8 v, const order order) { return (void)order, v; }
INLINE v8 bytes_to_natural_order(v8 v, const order order) { return (void)order, v; }
INLINE void words_to_pack_order(v16 w[2], const order order) { (void)w, (void)order; }
INLINE void words_to_natural_order(v16 w[2], const order order) { (void)w, (void)order; }
INLINE void dwords_to_pack_order(v32 v[4], const order order) { (void)v, (void)order; }
INLINE void dwords_to_natural_order(v32 v[4], const order order) { (void)v, (void)order; }

INLINE void widen8(v8 v, v16 w[2]) {
  w[0] = __builtin_convertvector(LOW_BYTES(v), v16);
  w[1] = __builtin_convertvector(HIGH_BYTES(v), v16);
}
INLINE void widen8_by_128(v8 v, v16 w[2]) {
  widen8(v, w);
  for (int i = 0; i < 2; i++) w[i] <<= 7;
}
INLINE void widen_unsigned8(v8 v, v16 w[2]) {
  w[0] = __builtin_convertvector((unsigned8x8)LOW_BYTES(v), v16);
  w[1] = __builtin_convertvector((unsigned8x8)HIGH_BYTES(v), v16);
}
INLINE v8 narrow_words(const v16 w[2]) {
  bytes8 low = __builtin_convertvector(w[0], bytes8), high = __builtin_convertvector(w[1], bytes8);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
INLINE v8 narrow16(const v16 w[2]) {
  return narrow_words((v16[2]){BETWEEN(w[0], set16(-128), set16(127)), BETWEEN(w[1], set16(-128), set16(127))});
}
INLINE v8 narrow_unsigned16(const v16 w[2]) {
  return narrow_words((v16[2]){BETWEEN(w[0], set16(0), set16(255)), BETWEEN(w[1], set16(0), set16(255))});
}
INLINE v16 narrow32(v32 a, v32 b) {
  const v32 low = set32(INT16_MIN), high = set32(INT16_MAX);
  words4 first = __builtin_convertvector(BETWEEN(a, low, high), words4);
  words4 second = __builtin_convertvector(BETWEEN(b, low, high), words4);
  return __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7);
}

INLINE v8 max8(v8 a, v8 b) { return __builtin_elementwise_max(a, b); }
INLINE v8 clamp8(v8 v, v8 low, v8 high) { return BETWEEN(v, low, high); }
INLINE v8 and8(v8 a, v8 b) { return a & b; }
INLINE v16 add16_saturating(v16 a, v16 b) { return __builtin_elementwise_add_sat(a, b); }
INLINE v16 subtract16(v16 a, v16 b) { return (v16)((unsigned16)a - (unsigned16)b); }
INLINE v16 maximum16(v16 a, v16 b) { return __builtin_elementwise_max(a, b); }
INLINE v16 shift_right16(v16 v, const int count) { return v >> (int16_t)count; }
INLINE v32 add32(v32 a, v32 b) { return (v32)((unsigned32)a + (unsigned32)b); }
INLINE v32 subtract32(v32 a, v32 b) { return (v32)((unsigned32)a - (unsigned32)b); }
INLINE v32 multiply32(v32 a, v32 b) { return (v32)((unsigned32)a * (unsigned32)b); }
INLINE v32 multiply_add32(v32 sums, v32 a, v32 b) { return add32(sums, multiply32(a, b)); }
INLINE v32 shift_left32(v32 v, const int count) { return (v32)((unsigned32)v << (uint32_t)count); }
INLINE v32 shift_right32(v32 v, const int count) { return v >> count; }
INLINE v32 and32(v32 a, v32 b) { return a & b; }
INLINE v32 or32(v32 a, v32 b) { return a | b; }
INLINE v32 xor32(v32 a, v32 b) { return a ^ b; }
INLINE v32 clamp32(v32 v, int32_t low, int32_t high) { return BETWEEN(v, set32(low), set32(high)); }

INLINE void widen16(v16 w, v32 v[2]) {
  v[0] = __builtin_convertvector(LOW_HALF(w), v32);
  v[1] = __builtin_convertvector(HIGH_HALF(w), v32);
}
INLINE void multiply_add16(v16 a, v16 b, const v32 sums[2], v32 out[2]) {
  v32 x[2], y[2];
  widen16(a, x);
  widen16(b, y);
  for (int i = 0; i < 2; i++) out[i] = multiply_add32(sums[i], x[i], y[i]);
}
INLINE v16 rdmulh(v16 a, v16 b) {
  const v32 half[2] = {set32(1 << 14), set32(1 << 14)};
  v32 products[2];
  multiply_add16(a, b, half, products);
  return narrow32(products[0] >> 15, products[1] >> 15);
}
INLINE void multiply_add_two16(v16 a, v16 b, v16 pairs, v32 sums[2]) {
  multiply_add16(a, set16(pairs[0]), sums, sums);
  multiply_add16(b, set16(pairs[1]), sums, sums);
}
INLINE v32 multiply_add_pairs16(v32 sums, v16 a, v16 b) {
  v32 both[2] = {sums, set32(0)};
  multiply_add16(a, b, both, both);
  return add32(both[0], both[1]);
}
INLINE v32 add_pairs16(v32 sums, v16 v) { return multiply_add_pairs16(sums, v, set16(1)); }
INLINE void add_four8(v8 v[4], v32 sums[4]) {
  v16 total[2] = {set16(0), set16(0)}, w[2];
  for (int i = 0; i < 4; i++) {
    widen8(v[i], w);
    for (int k = 0; k < 2; k++) total[k] += w[k];
  }
  for (int k = 0; k < 2; k++) multiply_add16(total[k], set16(1), sums + 2 * k, sums + 2 * k);
}

INLINE v32 dwords_of(v8 v) { return (v32)v; }
INLINE v8 bytes_of(v32 v) { return (v8)v; }
INLINE v32 keep32(v32 v) {
  v32 *p = &v;
  __asm__ volatile("" : "+r"(p) : : "memory");
  return *p;
}
INLINE v8 set_fours(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, 4);
  return (v8)set32(four);
}

// A shift to the left is a product with a power of two: for shifts by lane SSE2 would need floating point.
typedef struct {
  v32 right, powers;
} shifts;
INLINE shifts shifts_right(v32 counts) {
  static const int32_t powers[16] = {1,   2,   4,    8,    16,   32,   64,    128,
                                     256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
  shifts s = {.right = __builtin_elementwise_max(counts, set32(0))};
  const v32 left = s.right - counts;
  for (int i = 0; i < 4; i++) s.powers[i] = powers[left[i] & 15];
  return s;
}
INLINE v32 left_part(v32 v, shifts by) { return multiply32(v, by.powers); }
INLINE v32 right_part(v32 v, shifts by) { return v >> by.right; }
INLINE int any_left(const int8_t *counts, ptrdiff_t count) {
  int8_t all = 0;
  for (ptrdiff_t i = 0; i < count; i++) all |= counts[i];
  return all < 0;
}
INLINE void load_shift_counts(const int8_t *p, ptrdiff_t count, v32 counts[4]) {
  v16 words[2];
  widen8(load8_some(p, count), words);
  widen16(words[0], counts);
  widen16(words[1], counts + 2);
}

INLINE v16 largest16(v16 v) {
  int16_t best = v[0];
  for (int i = 1; i < 8; i++) best = v[i] > best ? v[i] : best;
  return set16(best);
}
INLINE int64_t total32(v32 v) { return (int64_t)v[0] + v[1] + v[2] + v[3]; }
INLINE uint32_t wrapped_total32(v32 v) { return (uint32_t)total32(v); }
typedef uint64_t sums64;
INLINE sums64 no_sums64(void) { return 0; }
INLINE sums64 add_squares16(sums64 sums, v16 v) {
  const v32 zero[2] = {set32(0), set32(0)};
  v32 squares[2];
  multiply_add16(v, v, zero, squares);
  for (int i = 0; i < 4; i++) sums += (uint64_t)squares[0][i] + (uint64_t)squares[1][i];
  return sums;
}
INLINE uint64_t total64(sums64 s) { return s; }
INLINE v32 total_of_each(const v32 v[4]) {
  v32 totals;
  for (int i = 0; i < 4; i++) totals[i] = (int32_t)(uint32_t)total32(v[i]);
  return totals;
}

INLINE void interleave_bytes(v8 v[4]) {
  v16 low[2], high[2];
  for (int i = 0; i < 2; i++) {
    low[i] = (v16)__builtin_shufflevector(v[2 * i], v[2 * i + 1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    high[i] =
        (v16)__builtin_shufflevector(v[2 * i], v[2 * i + 1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
  v[0] = (v8)__builtin_shufflevector(low[0], low[1], 0, 8, 1, 9, 2, 10, 3, 11);
  v[1] = (v8)__builtin_shufflevector(low[0], low[1], 4, 12, 5, 13, 6, 14, 7, 15);
  v[2] = (v8)__builtin_shufflevector(high[0], high[1], 0, 8, 1, 9, 2, 10, 3, 11);
  v[3] = (v8)__builtin_shufflevector(high[0], high[1], 4, 12, 5, 13, 6, 14, 7, 15);
}
INLINE void transpose_fours(v8 v[4]) {
  v32 in[4], out[4];
  for (int i = 0; i < 4; i++) in[i] = (v32)v[i];
  for (int i = 0; i < 4; i++) {
    for (int k = 0; k < 4; k++) out[i][k] = in[k][i];
  }
  for (int i = 0; i < 4; i++) v[i] = (v8)out[i];
}

typedef struct {
  const int8_t *entries;
} table256;
INLINE table256 load_table256(const int8_t *table) { return (table256){table}; }
INLINE v8 look_up256(const table256 *t, v8 v) {
  v8 found;
  for (int i = 0; i < 16; i++) found[i] = t->entries[v[i] + 128];
  return found;
}

typedef struct {
  const uint16_t *entries;
} exponential_table;
INLINE exponential_table load_exponentials(const uint16_t *table) { return (exponential_table){table}; }
INLINE void exponentials(const exponential_table *t, const v16 d[2], v16 e[2]) {
  for (int i = 0; i < 2; i++) {
    unsigned16 entries, k = __builtin_elementwise_min((unsigned16)d[i] >> 6, (unsigned16)set16(15));
    for (int n = 0; n < 8; n++) entries[n] = t->entries[d[i][n] & 63];
    e[i] = (v16)(((2 * entries >> k) + 1) >> 1);
  }
}

INLINE v8 low_bytes(const v16 w[2]) { return narrow_words(w); }

INLINE v32 load16_as_32(const int16_t *p, ptrdiff_t count) {
  v32 v[2];
  widen16((v16)load_bytes_some(p, count < 4 ? 2 * count : 8), v);
  return v[0];
}
INLINE v32 load8_as_32(const uint8_t *p, ptrdiff_t count) {
  v16 words[2];
  v32 dwords[2];
  widen_unsigned8(load_bytes_some(p, count < 4 ? count : 4), words);
  widen16(words[0], dwords);
  return dwords[0];
}
INLINE void load_four_rgb(const uint8_t *p, v32 pixels[4]) {
  for (int k = 0; k < 4; k++) pixels[k] = (v32){p[3 * k], p[3 * k + 1], p[3 * k + 2], 0};
}
INLINE void store_low_words_some(int16_t *p, v32 v, ptrdiff_t count) {
  store_bytes_some(p, (v8)narrow32(v, v), count < 4 ? 2 * count : 8);
}
INLINE void store_low_bytes_some(int8_t *p, v32 v, ptrdiff_t count) {
  v16 words = narrow32(v, v);
  store_bytes_some(p, narrow_words((v16[2]){words, words}), count < 4 ? count : 4);
}

#endif
