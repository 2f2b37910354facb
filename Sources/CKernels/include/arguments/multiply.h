#pragma once
#include <stddef.h>
#include <stdint.h>

// out = rule((a - a_zero_point) * (b - b_zero_point) + bias) with one bias, multiplier and shift for all elements.
// b_stride 0 broadcasts one row.
typedef struct {
  const int8_t *a;
  const int8_t *b;
  ptrdiff_t a_stride;
  ptrdiff_t b_stride;
  int32_t rows;
  int32_t channels;
  int32_t a_zero_point;
  int32_t b_zero_point;
  int32_t bias;
  int32_t multiplier;
  int32_t shift;
  int32_t zero_point;
  int32_t low;
  int32_t high;
  int8_t *out;
  ptrdiff_t out_stride;
} swl_multiply;
