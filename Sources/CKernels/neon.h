// The 16-bit rule for sixteen values at once, shared by the NEON files. Sixteen int32 accumulators live in four
// registers, in natural order.
#ifndef SWIFTLET_NEON_H
#define SWIFTLET_NEON_H

#include <arm_neon.h>
#include <string.h>

#include "sets.h"

#define NEON_DOTPROD_BEGIN _Pragma("clang attribute push(__attribute__((target(\"dotprod\"))), apply_to = function)")
#define NEON_DOTPROD_END _Pragma("clang attribute pop")
#define INLINE static inline __attribute__((always_inline))

// The first count of sixteen int8 or int16 values; the others are zero. Reads nothing else.
INLINE int8x16_t load_int8(const int8_t *p, int32_t count) {
  if (count >= 16) return vld1q_s8(p);
  int8_t buffer[16] = {0};
  memcpy(buffer, p, (size_t)count);
  return vld1q_s8(buffer);
}
INLINE int16x8x2_t load_int16(const int16_t *p, int32_t count) {
  if (count >= 16) return (int16x8x2_t){{vld1q_s16(p), vld1q_s16(p + 8)}};
  int16_t buffer[16] = {0};
  memcpy(buffer, p, (size_t)count * 2);
  return (int16x8x2_t){{vld1q_s16(buffer), vld1q_s16(buffer + 8)}};
}
INLINE void store_int8(int8_t *p, int8x16_t v, int32_t count) {
  if (count >= 16) return vst1q_s8(p, v);
  int8_t buffer[16];
  vst1q_s8(buffer, v);
  memcpy(p, buffer, (size_t)count);
}
INLINE void store_int16(int16_t *p, int16x8x2_t v, int32_t count) {
  int16_t buffer[16];
  int16_t *to = count >= 16 ? p : buffer;
  vst1q_s16(to, v.val[0]);
  vst1q_s16(to + 8, v.val[1]);
  if (count < 16) memcpy(p, buffer, (size_t)count * 2);
}

// The rule's arguments of sixteen channels. A shift to the left is positive, as sshl has it.
typedef struct {
  int32x4_t bias[4], left[4];
  int16x8_t multiplier[2];
} rule16;

// Sixteen channels from `channel` on.
INLINE rule16 rule_of_channels(const swl_rule *rule, ptrdiff_t channel) {
  rule16 r;
  int8x16_t left = vnegq_s8(vld1q_s8(rule->shift + channel));
  int16x8_t halves[2] = {vmovl_s8(vget_low_s8(left)), vmovl_high_s8(left)};
  for (int i = 0; i < 4; i++) {
    r.bias[i] = vld1q_s32(rule->bias + channel + 4 * i);
    r.left[i] = i % 2 ? vmovl_high_s16(halves[i / 2]) : vmovl_s16(vget_low_s16(halves[i / 2]));
  }
  for (int half = 0; half < 2; half++) r.multiplier[half] = vld1q_s16(rule->multiplier + channel + 8 * half);
  return r;
}

// One set of arguments for all channels.
INLINE rule16 uniform_rule(int32_t bias, int32_t shift, int32_t multiplier) {
  rule16 r;
  for (int i = 0; i < 4; i++) {
    r.bias[i] = vdupq_n_s32(bias);
    r.left[i] = vdupq_n_s32(-shift);
  }
  for (int half = 0; half < 2; half++) r.multiplier[half] = vdupq_n_s16((int16_t)multiplier);
  return r;
}

// w of accumulators that hold the bias already.
INLINE int16x8x2_t scale16(const rule16 *r, const int32x4_t a[4]) {
  int16x8x2_t w;
  for (int half = 0; half < 2; half++) {
    int16x4_t low = vqmovn_s32(vshlq_s32(a[2 * half], r->left[2 * half]));
    int16x8_t both = vqmovn_high_s32(low, vshlq_s32(a[2 * half + 1], r->left[2 * half + 1]));
    w.val[half] = vqrdmulhq_s16(both, r->multiplier[half]);
  }
  return w;
}

INLINE int16x8x2_t add_saturating(int16x8x2_t a, int16x8x2_t b) {
  return (int16x8x2_t){{vqaddq_s16(a.val[0], b.val[0]), vqaddq_s16(a.val[1], b.val[1])}};
}

// A 256-entry table in sixteen registers: tbl reads 64 entries, tbx leaves alone what lies outside its 64.
typedef struct {
  uint8x16x4_t quarters[4];
} table256;

INLINE table256 load_table(const int8_t *table) {
  table256 t;
  for (int i = 0; i < 4; i++) t.quarters[i] = vld1q_u8_x4((const uint8_t *)table + 64 * i);
  return t;
}

INLINE int8x16_t look_up16(const table256 *t, int8x16_t v) {
  uint8x16_t index = veorq_u8(vreinterpretq_u8_s8(v), vdupq_n_u8(128));
  uint8x16_t found = vqtbl4q_u8(t->quarters[0], index);
  for (int i = 1; i < 4; i++) found = vqtbx4q_u8(found, t->quarters[i], vsubq_u8(index, vdupq_n_u8((uint8_t)(64 * i))));
  return vreinterpretq_s8_u8(found);
}

// An epilogue made ready for rows of sixteen values.
typedef struct {
  const swl_epilogue *epilogue;
  int16x8_t offset;  // 64 * zero point + 32
  int8x16_t low, high;
  int16x8_t residual_zero_point, residual_multiplier;
} epilogue16;

INLINE epilogue16 prepare_epilogue(const swl_rule *rule, const swl_epilogue *epilogue) {
  return (epilogue16){
      .epilogue = epilogue,
      .offset = vdupq_n_s16((int16_t)(64 * rule->zero_point + 32)),
      .low = vdupq_n_s8((int8_t)rule->low),
      .high = vdupq_n_s8((int8_t)rule->high),
      .residual_zero_point = vdupq_n_s16((int16_t)epilogue->residual_zero_point),
      .residual_multiplier = vdupq_n_s16((int16_t)epilogue->residual_multiplier),
  };
}

INLINE int8x16_t to_int8x16(const epilogue16 *e, int16x8x2_t w) {
  int16x8_t q[2];
  for (int half = 0; half < 2; half++) q[half] = vshrq_n_s16(vqaddq_s16(w.val[half], e->offset), 6);
  int8x16_t packed = vqmovn_high_s16(vqmovn_s16(q[0]), q[1]);
  return vminq_s8(vmaxq_s8(packed, e->low), e->high);
}

INLINE int16x8x2_t addend16(const epilogue16 *e, int8x16_t v) {
  int16x8x2_t w = {{vmovl_s8(vget_low_s8(v)), vmovl_high_s8(v)}};
  for (int half = 0; half < 2; half++) {
    int16x8_t centred = vshlq_n_s16(vsubq_s16(w.val[half], e->residual_zero_point), 7);
    w.val[half] = vqrdmulhq_s16(centred, e->residual_multiplier);
  }
  return w;
}

// Stores the epilogue of sixteen w, of which `count` exist, at [row][column].
INLINE void finish16(const epilogue16 *e, int16x8x2_t w, ptrdiff_t row, ptrdiff_t column, int32_t count) {
  const swl_epilogue *epilogue = e->epilogue;
  ptrdiff_t at = row * epilogue->out_stride + column;
  ptrdiff_t residual_at = row * epilogue->residual_stride + column;
  if (epilogue->out_is_int16) {
    if (epilogue->residual) w = add_saturating(w, load_int16((const int16_t *)epilogue->residual + residual_at, count));
    store_int16((int16_t *)epilogue->out + at, w, count);
    return;
  }
  if (epilogue->residual) {
    w = add_saturating(w, addend16(e, load_int8((const int8_t *)epilogue->residual + residual_at, count)));
  }
  int8x16_t q = to_int8x16(e, w);
  if (epilogue->table) {
    table256 table = load_table(epilogue->table);
    q = look_up16(&table, q);
  }
  store_int8((int8_t *)epilogue->out + at, q, count);
}

#endif
