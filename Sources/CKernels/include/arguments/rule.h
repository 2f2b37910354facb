#pragma once
#include <stddef.h>
#include <stdint.h>

// The 16-bit rule, from an int32 accumulator to int8:
//
//   w = rdmulh16(sat16((a + bias) >> shift), multiplier)          a negative shift is a left shift
//   q = clamp(satadd16(w, 64 * zero_point + 32) >> 6, low, high)
//
// An int16 output stops after w. Sums and left shifts wrap around. The arrays hold one entry per output channel, padded
// to a multiple of 16. |multiplier| <= 32767, -8 <= shift <= 24; zero_point, low and high are within int8.
typedef struct {
  const int32_t *bias;
  const int16_t *multiplier;
  const int8_t *shift;
  int32_t zero_point;
  int32_t low;
  int32_t high;
} swl_rule;

// What follows the rule before a value is stored.
//
// With a residual u, int16 outputs store satadd16(w, u); int8 outputs use
// satadd16(w, rdmulh16((u - residual_zero_point) << 7, residual_multiplier)) in the place of w.
// |residual_multiplier| <= 32767. With a table (256 entries, indexed by q + 128), int8 outputs store table[q + 128],
// after the residual.
typedef struct {
  void *out;  // int8_t or int16_t
  ptrdiff_t out_stride;
  int32_t out_is_int16;
  const int8_t *table;   // or NULL
  const void *residual;  // the output's type, or NULL
  ptrdiff_t residual_stride;
  int32_t residual_zero_point;
  int32_t residual_multiplier;
} swl_epilogue;
