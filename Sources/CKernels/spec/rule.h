// The 16-bit rule, value by value. Signed overflow cannot occur: what may wrap does so in unsigned arithmetic.
#ifndef SWIFTLET_RULE_H
#define SWIFTLET_RULE_H

#include "swiftlet_kernels.h"

static inline int32_t clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}

static inline int32_t sat16(int32_t value) { return clamp(value, INT16_MIN, INT16_MAX); }

static inline int32_t satadd16(int32_t a, int32_t b) { return sat16(a + b); }

static inline int32_t wrapping_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

static inline int32_t wrapping_shift_left(int32_t a, int32_t count) { return (int32_t)((uint32_t)a << count); }

// pmulhrsw, sqrdmulh: a and b are within int16, and not both -32768.
static inline int32_t rdmulh16(int32_t a, int32_t b) { return sat16((a * b + (1 << 14)) >> 15); }

// A negative shift is a left shift.
static inline int32_t shift_right(int32_t a, int32_t shift) {
  return shift < 0 ? wrapping_shift_left(a, -shift) : a >> shift;
}

// w of an accumulator to which the bias has been added.
static inline int32_t scaled(int32_t a, int32_t shift, int32_t multiplier) {
  return rdmulh16(sat16(shift_right(a, shift)), multiplier);
}

static inline int32_t rule_scaled(const swl_rule *rule, ptrdiff_t channel, int32_t accumulator) {
  return scaled(wrapping_add(accumulator, rule->bias[channel]), rule->shift[channel], rule->multiplier[channel]);
}

static inline int32_t to_int8(int32_t w, int32_t zero_point, int32_t low, int32_t high) {
  return clamp(satadd16(w, 64 * zero_point + 32) >> 6, low, high);
}

static inline int8_t rule_int8(const swl_rule *rule, ptrdiff_t channel, int32_t accumulator) {
  return (int8_t)to_int8(rule_scaled(rule, channel, accumulator), rule->zero_point, rule->low, rule->high);
}

// An int8 input of a sum, in the sum's 64ths of a step.
static inline int32_t addend(int32_t value, int32_t zero_point, int32_t multiplier) {
  return rdmulh16((value - zero_point) * 128, multiplier);
}

// 256 times the mean of n values, rounded to nearest.
static inline int32_t mean_by_256(int64_t sum, int64_t n) {
  int64_t numerator = 512 * sum + n;
  int64_t quotient = numerator / (2 * n);
  return (int32_t)(numerator % (2 * n) < 0 ? quotient - 1 : quotient);
}

// Stores epilogue(w) at [row][column].
static inline void epilogue_store(const swl_epilogue *epilogue, const swl_rule *rule, int32_t w, ptrdiff_t row,
                                  ptrdiff_t column) {
  ptrdiff_t at = row * epilogue->out_stride + column;
  ptrdiff_t residual_at = row * epilogue->residual_stride + column;
  if (epilogue->out_is_int16) {
    if (epilogue->residual) w = satadd16(w, ((const int16_t *)epilogue->residual)[residual_at]);
    ((int16_t *)epilogue->out)[at] = (int16_t)w;
    return;
  }
  if (epilogue->residual) {
    int32_t u = ((const int8_t *)epilogue->residual)[residual_at];
    w = satadd16(w, addend(u, epilogue->residual_zero_point, epilogue->residual_multiplier));
  }
  int32_t q = to_int8(w, rule->zero_point, rule->low, rule->high);
  ((int8_t *)epilogue->out)[at] = epilogue->table ? epilogue->table[q + 128] : (int8_t)q;
}

#endif
