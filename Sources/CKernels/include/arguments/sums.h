#pragma once
#include "rule.h"

// sums[c] += x[row][c] over rows; x is int8 or int16, by the kernel. Reads nothing outside its operand.
typedef struct {
  const void *x;
  ptrdiff_t stride;
  int32_t rows;
  int32_t channels;
  int32_t *sums;
} swl_sum_rows;

// epilogue(rule(sums)) of one row of int32 accumulators, by channel.
typedef struct {
  const int32_t *sums;
  int32_t channels;
  swl_rule rule;
  swl_epilogue epilogue;
} swl_requantize_sums;
