// The width layer on NEON: vectors of 16 bytes.
//
// Every width has these names. A block is as many channels as a vector has bytes: one vector of int8, two of int16, four of
// int32. Between widening and narrowing its values are in pack order, which is the order that the instructions leave; here it is
// the natural one.
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
INLINE v32 load32(const int32_t *p) { return vld1q_s32(p); }
INLINE void store8(int8_t *p, v8 v) { vst1q_s8(p, v); }
INLINE void store32(int32_t *p, v32 v) { vst1q_s32(p, v); }
INLINE v8 set8(int32_t x) { return vdupq_n_s8((int8_t)x); }
INLINE v16 set16(int32_t x) { return vdupq_n_s16((int16_t)x); }
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

// The first `count` elements of a vector, the others zero.
INLINE v8 first8(v8 v, ptrdiff_t count) {
  static const int8_t numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return vandq_s8(v, vreinterpretq_s8_u8(vcltq_s8(vld1q_s8(numbers), set8(count < 16 ? (int32_t)count : 16))));
}
INLINE v16 first16(v16 v, ptrdiff_t count) {
  static const int16_t numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  return vandq_s16(v, vreinterpretq_s16_u16(vcltq_s16(vld1q_s16(numbers), set16(count < 8 ? (int32_t)count : 8))));
}

// Between natural and pack order: the words, and the dwords, of a block.
INLINE void words_to_pack_order(v16 w[2]) { (void)w; }
INLINE void words_to_natural_order(v16 w[2]) { (void)w; }
INLINE void dwords_to_pack_order(v32 v[4]) { (void)v; }
INLINE void dwords_to_natural_order(v32 v[4]) { (void)v; }

// A block wider and narrower; narrowing saturates.
INLINE void widen8(v8 v, v16 w[2]) {
  w[0] = vmovl_s8(vget_low_s8(v));
  w[1] = vmovl_high_s8(v);
}
INLINE v8 narrow16(const v16 w[2]) { return vqmovn_high_s16(vqmovn_s16(w[0]), w[1]); }
INLINE void widen16(v16 w, v32 v[2]) {
  v[0] = vmovl_s16(vget_low_s16(w));
  v[1] = vmovl_high_s16(w);
}
INLINE void widen_unsigned8(v8 v, v16 w[2]) {
  uint8x16_t bytes = vreinterpretq_u8_s8(v);
  w[0] = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes)));
  w[1] = vreinterpretq_s16_u16(vmovl_high_u8(bytes));
}
INLINE v8 narrow_unsigned16(const v16 w[2]) { return vreinterpretq_s8_u8(vqmovun_high_s16(vqmovun_s16(w[0]), w[1])); }
INLINE v16 narrow32(v32 a, v32 b) { return vqmovn_high_s32(vqmovn_s32(a), b); }

INLINE v8 clamp8(v8 v, v8 low, v8 high) { return vminq_s8(vmaxq_s8(v, low), high); }
INLINE v16 add16(v16 a, v16 b) { return vaddq_s16(a, b); }
INLINE v16 add16_saturating(v16 a, v16 b) { return vqaddq_s16(a, b); }
INLINE v16 subtract16(v16 a, v16 b) { return vsubq_s16(a, b); }
INLINE v16 maximum16(v16 a, v16 b) { return vmaxq_s16(a, b); }
INLINE v16 rdmulh(v16 a, v16 b) { return vqrdmulhq_s16(a, b); }
INLINE v16 shift_left16(v16 v, const int count) { return vshlq_s16(v, vdupq_n_s16((int16_t)count)); }
INLINE v16 shift_right16(v16 v, const int count) { return vshlq_s16(v, vdupq_n_s16((int16_t)-count)); }
INLINE v32 add32(v32 a, v32 b) { return vaddq_s32(a, b); }
INLINE v32 shift_left32(v32 v, const int count) { return vshlq_s32(v, vdupq_n_s32(count)); }
INLINE v8 and8(v8 a, v8 b) { return vandq_s8(a, b); }

INLINE v32 shift_right32(v32 v, const int count) { return vshlq_s32(v, vdupq_n_s32(-count)); }
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
INLINE v16 words_of(v32 v) { return vreinterpretq_s16_s32(v); }

// A value that the compiler neither knows nor leaves out.
INLINE v8 keep8(v8 v) {
  __asm__ volatile("" : "+w"(v));
  return v;
}

// Four bytes in every group of four: from memory, and from a group of a vector.
INLINE v8 set_fours(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
INLINE v8 broadcast_fours(v8 v, const int group) {
  const v32 fours = vreinterpretq_s32_s8(v);
  switch (group) {
    case 0: return vreinterpretq_s8_s32(vdupq_laneq_s32(fours, 0));
    case 1: return vreinterpretq_s8_s32(vdupq_laneq_s32(fours, 1));
    case 2: return vreinterpretq_s8_s32(vdupq_laneq_s32(fours, 2));
    default: return vreinterpretq_s8_s32(vdupq_laneq_s32(fours, 3));
  }
}

// What shifts each element: to the right, or to the left by a negative count.
typedef v32 shifts;
INLINE shifts shifts_right(v32 counts) { return vnegq_s32(counts); }
INLINE v32 shift32(v32 v, shifts by) { return vshlq_s32(v, by); }
// Sixteen counts, as `shifts` of a block in natural order.
INLINE void load_shift_counts(const int8_t *p, v32 counts[4]) {
  v16 words[2];
  widen8(load8(p), words);
  widen16(words[0], counts);
  widen16(words[1], counts + 2);
}

// sums + a * b, in the order of widen16.
INLINE void multiply_add16(v16 a, v16 b, const v32 sums[2], v32 out[2]) {
  out[0] = vmlal_s16(sums[0], vget_low_s16(a), vget_low_s16(b));
  out[1] = vmlal_high_s16(sums[1], a, b);
}

// sums + a * b, all products in some dword.
INLINE v32 multiply_add_pairs16(v32 sums, v16 a, v16 b) {
  return vmlal_high_s16(vmlal_s16(sums, vget_low_s16(a), vget_low_s16(b)), a, b);
}

// Reductions: of the largest word; of int32, of words into int32, and of squares of words into two sums of 64 bits.
INLINE int16_t largest16(v16 v) { return vmaxvq_s16(v); }
INLINE v32 add_pairs16(v32 sums, v16 v) { return vpadalq_s16(sums, v); }
INLINE int64_t total32(v32 v) { return vaddlvq_s32(v); }
typedef int64x2_t v64;
INLINE v64 set64(int64_t x) { return vdupq_n_s64(x); }
INLINE v64 add_squares16(v64 sums, v16 v) {
  v32 low = vmull_s16(vget_low_s16(v), vget_low_s16(v)), high = vmull_high_s16(v, v);
  return vpadalq_s32(vpadalq_s32(sums, low), high);
}
INLINE uint64_t total64(v64 v) { return (uint64_t)vaddvq_s64(v); }

// Four rows of a block's channels, interleaved: each channel's four bytes side by side, the channels in pack order.
INLINE void interleave_bytes(v8 v[4]) {
  v16 low[2] = {vreinterpretq_s16_s8(vzip1q_s8(v[0], v[1])), vreinterpretq_s16_s8(vzip1q_s8(v[2], v[3]))};
  v16 high[2] = {vreinterpretq_s16_s8(vzip2q_s8(v[0], v[1])), vreinterpretq_s16_s8(vzip2q_s8(v[2], v[3]))};
  v[0] = vreinterpretq_s8_s16(vzip1q_s16(low[0], low[1]));
  v[1] = vreinterpretq_s8_s16(vzip2q_s16(low[0], low[1]));
  v[2] = vreinterpretq_s8_s16(vzip1q_s16(high[0], high[1]));
  v[3] = vreinterpretq_s8_s16(vzip2q_s16(high[0], high[1]));
}

// Four vectors as a 4 x 4 matrix of groups of four bytes, transposed.
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

// A table of 64 uint16, indexed by the low six bits of a word; two vectors of words at a time.
typedef struct {
  uint8x16x4_t low, high;  // bytes of the entries
} table64;
INLINE table64 load_table64(const uint16_t *table) {
  table64 t;
  for (int i = 0; i < 4; i++) {
    uint8x16x2_t bytes = vld2q_u8((const uint8_t *)(table + 16 * i));
    t.low.val[i] = bytes.val[0];
    t.high.val[i] = bytes.val[1];
  }
  return t;
}
INLINE void look_up64(const table64 *t, const v16 index[2], v16 out[2]) {
  uint8x16_t bytes = vreinterpretq_u8_s8(vuzp1q_s8(vreinterpretq_s8_s16(index[0]), vreinterpretq_s8_s16(index[1])));
  bytes = vandq_u8(bytes, vdupq_n_u8(63));
  uint8x16_t low = vqtbl4q_u8(t->low, bytes), high = vqtbl4q_u8(t->high, bytes);
  out[0] = vreinterpretq_s16_u8(vzip1q_u8(low, high));
  out[1] = vreinterpretq_s16_u8(vzip2q_u8(low, high));
}

// As unsigned words: (v + ((1 << k) >> 1)) >> k with k = min(d >> 6, 15); v is below 2^14.
INLINE v16 shift_right_rounding_by_64ths(v16 v, v16 d) {
  uint16x8_t k = vminq_u16(vshrq_n_u16(vreinterpretq_u16_s16(d), 6), vdupq_n_u16(15));
  return vreinterpretq_s16_u16(vrshlq_u16(vreinterpretq_u16_s16(v), vnegq_s16(vreinterpretq_s16_u16(k))));
}

// The low bytes of a block's words in natural order.
INLINE v8 low_bytes(const v16 w[2]) { return vuzp1q_s8(vreinterpretq_s8_s16(w[0]), vreinterpretq_s8_s16(w[1])); }

#endif
