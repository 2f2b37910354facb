#pragma once
#include "rule.h"

// out = rule(256 * x + bias), per channel: int16 to int8.
typedef struct {
  const int16_t *x;
  ptrdiff_t x_stride;
  int32_t rows;
  int32_t channels;
  swl_rule rule;
  int8_t *out;
  ptrdiff_t out_stride;
} swl_requantize;
