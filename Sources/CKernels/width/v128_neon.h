// The width layer on NEON: vectors of 16 bytes.
//
// Every width has these names, but that wider ones leave out what only frames or resizing need. A block is as many channels as a vector has bytes: one vector of int8, two of int16, four of
// int32. Between widening and narrowing its values are in pack order, which is the order that the instructions leave: that of
// lanes, which widening and interleaving give, or that of panels, which a GEMM's accumulators have; here both are the natural
// one.
#ifndef SWIFTLET_WIDTH_NEON_H
#define SWIFTLET_WIDTH_NEON_H

#include <arm_neon.h>
#include <stddef.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { block_channels = 16 };

typedef int8x16_t v8;
typedef int16x8_t v16;
typedef int32x4_t v32;

// Whole vectors.
INLINE v8 load8(const void *p) { return vld1q_s8(p); }
INLINE v16 load16(const int16_t *p) { return vld1q_s16(p); }
INLINE void store8(void *p, v8 v) { vst1q_s8(p, v); }
INLINE void store32(int32_t *p, v32 v) { vst1q_s32(p, v); }
INLINE v8 set8(int32_t x) { return vdupq_n_s8((int8_t)x); }
INLINE v16 set16(int32_t x) { return vdupq_n_s16((int16_t)x); }
// Two words in every dword.
INLINE v16 set_pairs16(int32_t x, int32_t y) {
  return vreinterpretq_s16_s32(vdupq_n_s32((int32_t)((uint32_t)y << 16 | (uint16_t)x)));
}
INLINE v32 set32(int32_t x) { return vdupq_n_s32(x); }

// The first `count` elements; all where there are more, none for a count below 1. Others are zero, and are not touched.
INLINE v8 load8_some(const int8_t *p, ptrdiff_t count) {
  if (count >= 16) return vld1q_s8(p);
  int8_t buffer[16] = {0};
  if (count > 0) memcpy(buffer, p, (size_t)count);
  return vld1q_s8(buffer);
}
INLINE v16 load16_some(const int16_t *p, ptrdiff_t count) {
  if (count >= 8) return vld1q_s16(p);
  int16_t buffer[8] = {0};
  if (count > 0) memcpy(buffer, p, (size_t)count * 2);
  return vld1q_s16(buffer);
}
INLINE v32 load32_some(const int32_t *p, ptrdiff_t count) {
  if (count >= 4) return vld1q_s32(p);
  int32_t buffer[4] = {0};
  if (count > 0) memcpy(buffer, p, (size_t)count * 4);
  return vld1q_s32(buffer);
}
INLINE void store8_some(int8_t *p, v8 v, ptrdiff_t count) {
  if (count >= 16) return vst1q_s8(p, v);
  int8_t buffer[16];
  vst1q_s8(buffer, v);
  if (count > 0) memcpy(p, buffer, (size_t)count);
}
INLINE void store16_some(int16_t *p, v16 v, ptrdiff_t count) {
  if (count >= 8) return vst1q_s16(p, v);
  int16_t buffer[8];
  vst1q_s16(buffer, v);
  if (count > 0) memcpy(p, buffer, (size_t)count * 2);
}
INLINE void store32_some(int32_t *p, v32 v, ptrdiff_t count) {
  if (count >= 4) return vst1q_s32(p, v);
  int32_t buffer[4];
  vst1q_s32(buffer, v);
  if (count > 0) memcpy(p, buffer, (size_t)count * 4);
}

// One of the vector's lanes of sixteen bytes.
INLINE void store_lane(int8_t *p, v8 v, const int lane) { (void)lane, store8(p, v); }

// A count as a number of elements among `most`.
INLINE int32_t within(ptrdiff_t count, int32_t most) {
  return count < 0 ? 0 : count < most ? (int32_t)count : most;
}

// The first `count` elements of a vector; behind them zeros, or the others.
INLINE v8 first8(v8 v, ptrdiff_t count) {
  static const int8_t numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return vandq_s8(v, vreinterpretq_s8_u8(vcltq_s8(vld1q_s8(numbers), set8(within(count, 16)))));
}
INLINE v16 first16(v16 v, v16 others, ptrdiff_t count) {
  static const int16_t numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  return vbslq_s16(vcltq_s16(vld1q_s16(numbers), set16(within(count, 8))), v, others);
}

// Between natural and pack order: the bytes, the words, and the dwords of a block.
typedef enum { of_lanes, of_panels } order;
INLINE void widened_to_natural_order(v32 v[2]) { (void)v; }
INLINE v8 bytes_to_pack_order(v8 v, const order order) { return (void)order, v; }
INLINE v8 bytes_to_natural_order(v8 v, const order order) { return (void)order, v; }
INLINE void words_to_pack_order(v16 w[2], const order order) { (void)w, (void)order; }
INLINE void words_to_natural_order(v16 w[2], const order order) { (void)w, (void)order; }
INLINE void dwords_to_pack_order(v32 v[4], const order order) { (void)v, (void)order; }
INLINE void dwords_to_natural_order(v32 v[4], const order order) { (void)v, (void)order; }

// A block wider and narrower; narrowing saturates.
INLINE void widen8(v8 v, v16 w[2]) {
  w[0] = vmovl_s8(vget_low_s8(v));
  w[1] = vmovl_high_s8(v);
}
INLINE void widen8_by_128(v8 v, v16 w[2]) {
  w[0] = vshll_n_s8(vget_low_s8(v), 7);
  w[1] = vshll_high_n_s8(v, 7);
}
INLINE v8 narrow16(const v16 w[2]) { return vqmovn_high_s16(vqmovn_s16(w[0]), w[1]); }
INLINE void widen_unsigned8(v8 v, v16 w[2]) {
  uint8x16_t bytes = vreinterpretq_u8_s8(v);
  w[0] = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes)));
  w[1] = vreinterpretq_s16_u16(vmovl_high_u8(bytes));
}
INLINE v8 narrow_unsigned16(const v16 w[2]) { return vreinterpretq_s8_u8(vqmovun_high_s16(vqmovun_s16(w[0]), w[1])); }
INLINE v16 narrow32(v32 a, v32 b) { return vqmovn_high_s32(vqmovn_s32(a), b); }

INLINE v8 max8(v8 a, v8 b) { return vmaxq_s8(a, b); }
INLINE v8 clamp8(v8 v, v8 low, v8 high) { return vminq_s8(vmaxq_s8(v, low), high); }
INLINE v16 add16_saturating(v16 a, v16 b) { return vqaddq_s16(a, b); }
INLINE v16 subtract16(v16 a, v16 b) { return vsubq_s16(a, b); }
INLINE v16 maximum16(v16 a, v16 b) { return vmaxq_s16(a, b); }
INLINE v16 rdmulh(v16 a, v16 b) { return vqrdmulhq_s16(a, b); }
INLINE v16 shift_right16(v16 v, const int count) { return vshlq_s16(v, vdupq_n_s16((int16_t)-count)); }
INLINE v32 add32(v32 a, v32 b) { return vaddq_s32(a, b); }
INLINE v32 subtract32(v32 a, v32 b) { return vsubq_s32(a, b); }
INLINE v32 shift_left32(v32 v, const int count) { return vshlq_s32(v, vdupq_n_s32(count)); }
INLINE v8 and8(v8 a, v8 b) { return vandq_s8(a, b); }

INLINE v32 shift_right32(v32 v, const int count) { return vshlq_s32(v, vdupq_n_s32(-count)); }
INLINE v32 and32(v32 a, v32 b) { return vandq_s32(a, b); }
INLINE v32 or32(v32 a, v32 b) { return vorrq_s32(a, b); }
INLINE v32 xor32(v32 a, v32 b) { return veorq_s32(a, b); }
INLINE v32 clamp32(v32 v, int32_t low, int32_t high) { return vminq_s32(vmaxq_s32(v, set32(low)), set32(high)); }
INLINE v32 multiply_add32(v32 sums, v32 a, v32 b) { return vmlaq_s32(sums, a, b); }

// As many elements as a vector has dwords, widened; those behind the first `count` are zero, and are not touched.
INLINE v32 load16_as_32(const int16_t *p, ptrdiff_t count) {
  if (count >= 4) return vmovl_s16(vld1_s16(p));
  int16_t buffer[4] = {0};
  if (count > 0) memcpy(buffer, p, (size_t)count * 2);
  return vmovl_s16(vld1_s16(buffer));
}
INLINE v32 load8_as_32(const uint8_t *p, ptrdiff_t count) {
  uint32_t four = 0;
  memcpy(&four, p, count >= 4 ? 4 : count > 0 ? (size_t)count : 0);
  uint16x8_t words = vmovl_u8(vcreate_u8(four));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(words)));
}

// The totals of as many vectors as a vector has dwords.
INLINE v32 total_of_each(const v32 v[4]) {
  return vpaddq_s32(vpaddq_s32(v[0], v[1]), vpaddq_s32(v[2], v[3]));
}

// The first `count` elements of a vector of small dwords, as words and as bytes.
INLINE void store_low_words_some(int16_t *p, v32 v, ptrdiff_t count) {
  int16x4_t words = vmovn_s32(v);
  memcpy(p, &words, count >= 4 ? 8 : (size_t)count * 2);
}
INLINE void store_low_bytes_some(int8_t *p, v32 v, ptrdiff_t count) {
  int16x4_t words = vmovn_s32(v);
  int8x8_t bytes = vmovn_s16(vcombine_s16(words, words));
  memcpy(p, &bytes, count >= 4 ? 4 : (size_t)count);
}

// Four pixels of three bytes, each as the first three dwords of a vector; other dwords are of no account. Reads sixteen bytes.
INLINE void load_four_rgb(const uint8_t *p, v32 pixels[4]) {
  static const uint8_t first[16] = {0, 255, 255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 255, 255, 255, 255};
  const uint8x16_t bytes = vld1q_u8(p), places = vld1q_u8(first);
  // 255 and what is added to it stay outside the table.
  UNROLL for (int k = 0; k < 4; k++) {
    pixels[k] = vreinterpretq_s32_u8(vqtbl1q_u8(bytes, vqaddq_u8(places, vdupq_n_u8((uint8_t)(3 * k)))));
  }
}

// The same bits.
INLINE v32 dwords_of(v8 v) { return vreinterpretq_s32_s8(v); }
INLINE v8 bytes_of(v32 v) { return vreinterpretq_s8_s32(v); }

// A value that the compiler neither knows nor leaves out.
INLINE v32 keep32(v32 v) {
  __asm__ volatile("" : "+w"(v));
  return v;
}

// Four bytes in every group of four.
INLINE v8 set_fours(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

// What shifts each element: to the right, or to the left by a negative count. Where any goes to the left, the left part comes
// first; here one instruction does both.
typedef v32 shifts;
INLINE shifts shifts_right(v32 counts) { return vnegq_s32(counts); }
INLINE v32 left_part(v32 v, shifts by) { return (void)by, v; }
INLINE v32 right_part(v32 v, shifts by) { return vshlq_s32(v, by); }
INLINE int any_left(const int8_t *counts, ptrdiff_t count) { return (void)counts, (void)count, 0; }
// The first `count` counts of a block, in natural order; the others are zero.
INLINE void load_shift_counts(const int8_t *p, ptrdiff_t count, v32 counts[4]) {
  (void)count;
  v16 words[2];
  widen8(load8(p), words);
  for (int i = 0; i < 2; i++) {
    counts[2 * i] = vmovl_s16(vget_low_s16(words[i]));
    counts[2 * i + 1] = vmovl_high_s16(words[i]);
  }
}

// sums + a * b, in the order of lanes.
INLINE void multiply_add16(v16 a, v16 b, const v32 sums[2], v32 out[2]) {
  out[0] = vmlal_s16(sums[0], vget_low_s16(a), vget_low_s16(b));
  out[1] = vmlal_high_s16(sums[1], a, b);
}

// sums + the four of each channel, in the order of lanes; v is used up.
INLINE void add_four8(v8 v[4], v32 sums[4]) {
  v16 low = vaddw_s8(vaddw_s8(vaddl_s8(vget_low_s8(v[0]), vget_low_s8(v[1])), vget_low_s8(v[2])), vget_low_s8(v[3]));
  v16 high = vaddw_high_s8(vaddw_high_s8(vaddl_high_s8(v[0], v[1]), v[2]), v[3]);
  sums[0] = vaddw_s16(sums[0], vget_low_s16(low));
  sums[1] = vaddw_high_s16(sums[1], low);
  sums[2] = vaddw_s16(sums[2], vget_low_s16(high));
  sums[3] = vaddw_high_s16(sums[3], high);
}

// sums + a * x + b * y, in the order of lanes, where the pairs are set_pairs16(x, y).
INLINE void multiply_add_two16(v16 a, v16 b, v16 pairs, v32 sums[2]) {
  const int16x4_t pair = vget_low_s16(pairs);
  sums[0] = vmlal_lane_s16(vmlal_lane_s16(sums[0], vget_low_s16(a), pair, 0), vget_low_s16(b), pair, 1);
  sums[1] = vmlal_high_lane_s16(vmlal_high_lane_s16(sums[1], a, pair, 0), b, pair, 1);
}

// sums + a * b, all products in some dword.
INLINE v32 multiply_add_pairs16(v32 sums, v16 a, v16 b) {
  return vmlal_high_s16(vmlal_s16(sums, vget_low_s16(a), vget_low_s16(b)), a, b);
}

// Reductions: the largest word, in every word; the total of int32, and as it wraps around; of words into int32, and of squares of
// words into sums of 64 bits.
INLINE v16 largest16(v16 v) { return vdupq_n_s16(vmaxvq_s16(v)); }
INLINE v32 add_pairs16(v32 sums, v16 v) { return vpadalq_s16(sums, v); }
INLINE int64_t total32(v32 v) { return vaddlvq_s32(v); }
INLINE uint32_t wrapped_total32(v32 v) { return (uint32_t)vaddvq_s32(v); }
typedef int64x2_t sums64;
INLINE sums64 no_sums64(void) { return vdupq_n_s64(0); }
INLINE sums64 add_squares16(sums64 sums, v16 v) {
  v32 low = vmull_s16(vget_low_s16(v), vget_low_s16(v)), high = vmull_high_s16(v, v);
  return vpadalq_s32(vpadalq_s32(sums, low), high);
}
INLINE uint64_t total64(sums64 v) { return (uint64_t)vaddvq_s64(v); }

// Four rows of a block's channels, interleaved: each channel's four bytes side by side, the channels in the order of lanes.
INLINE void interleave_bytes(v8 v[4]) {
  v16 low[2] = {vreinterpretq_s16_s8(vzip1q_s8(v[0], v[1])), vreinterpretq_s16_s8(vzip1q_s8(v[2], v[3]))};
  v16 high[2] = {vreinterpretq_s16_s8(vzip2q_s8(v[0], v[1])), vreinterpretq_s16_s8(vzip2q_s8(v[2], v[3]))};
  v[0] = vreinterpretq_s8_s16(vzip1q_s16(low[0], low[1]));
  v[1] = vreinterpretq_s8_s16(vzip2q_s16(low[0], low[1]));
  v[2] = vreinterpretq_s8_s16(vzip1q_s16(high[0], high[1]));
  v[3] = vreinterpretq_s8_s16(vzip2q_s16(high[0], high[1]));
}

// Four vectors as a 4 x 4 matrix of groups of four bytes, transposed in each lane of sixteen bytes.
INLINE void transpose_fours(v8 v[4]) {
  v32 a = vreinterpretq_s32_s8(v[0]), b = vreinterpretq_s32_s8(v[1]), c = vreinterpretq_s32_s8(v[2]),
      d = vreinterpretq_s32_s8(v[3]);
  int64x2_t ab[2] = {vreinterpretq_s64_s32(vtrn1q_s32(a, b)), vreinterpretq_s64_s32(vtrn2q_s32(a, b))};
  int64x2_t cd[2] = {vreinterpretq_s64_s32(vtrn1q_s32(c, d)), vreinterpretq_s64_s32(vtrn2q_s32(c, d))};
  v[0] = vreinterpretq_s8_s64(vtrn1q_s64(ab[0], cd[0]));
  v[1] = vreinterpretq_s8_s64(vtrn1q_s64(ab[1], cd[1]));
  v[2] = vreinterpretq_s8_s64(vtrn2q_s64(ab[0], cd[0]));
  v[3] = vreinterpretq_s8_s64(vtrn2q_s64(ab[1], cd[1]));
}

// A table of 256 int8, indexed by v + 128: tbl reads 64 entries, tbx leaves alone what lies outside its 64.
typedef struct {
  uint8x16x4_t quarters[4];
} table256;
INLINE table256 load_table256(const int8_t *table) {
  table256 t;
  for (int i = 0; i < 4; i++) t.quarters[i] = vld1q_u8_x4((const uint8_t *)table + 64 * i);
  return t;
}
INLINE v8 look_up256(const table256 *t, v8 v) {
  uint8x16_t index = veorq_u8(vreinterpretq_u8_s8(v), vdupq_n_u8(128));
  uint8x16_t found = vqtbl4q_u8(t->quarters[0], index);
  UNROLL for (int i = 1; i < 4; i++) {
    found = vqtbx4q_u8(found, t->quarters[i], vsubq_u8(index, vdupq_n_u8((uint8_t)(64 * i))));
  }
  return vreinterpretq_s8_u8(found);
}

// A softmax's exponentials, two vectors of words at a time: (t + ((1 << k) >> 1)) >> k, t the table's entry of the low six bits of
// d and k = min(d >> 6, 15), d unsigned. Entries are below 2^14.
typedef struct {
  uint8x16x4_t low, high;  // bytes of the entries
} exponential_table;
INLINE exponential_table load_exponentials(const uint16_t *table) {
  exponential_table t;
  for (int i = 0; i < 4; i++) {
    uint8x16x2_t bytes = vld2q_u8((const uint8_t *)(table + 16 * i));
    t.low.val[i] = bytes.val[0];
    t.high.val[i] = bytes.val[1];
  }
  return t;
}
INLINE v16 shift_by_64ths(uint8x16_t entries, v16 d) {
  uint16x8_t k = vminq_u16(vshrq_n_u16(vreinterpretq_u16_s16(d), 6), vdupq_n_u16(15));
  return vreinterpretq_s16_u16(vrshlq_u16(vreinterpretq_u16_u8(entries), vnegq_s16(vreinterpretq_s16_u16(k))));
}
INLINE void exponentials(const exponential_table *t, const v16 d[2], v16 e[2]) {
  uint8x16_t bytes = vreinterpretq_u8_s8(vuzp1q_s8(vreinterpretq_s8_s16(d[0]), vreinterpretq_s8_s16(d[1])));
  bytes = vandq_u8(bytes, vdupq_n_u8(63));
  uint8x16_t low = vqtbl4q_u8(t->low, bytes), high = vqtbl4q_u8(t->high, bytes);
  e[0] = shift_by_64ths(vzip1q_u8(low, high), d[0]);
  e[1] = shift_by_64ths(vzip2q_u8(low, high), d[1]);
}

// The low bytes of a block's words in natural order.
INLINE v8 low_bytes(const v16 w[2]) { return vuzp1q_s8(vreinterpretq_s8_s16(w[0]), vreinterpretq_s8_s16(w[1])); }

#endif
