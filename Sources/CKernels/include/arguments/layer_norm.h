#pragma once
#include "rule.h"

// Layer normalisation of int16 rows, N = channels:
//
//   D = N * sum(x^2) - sum(x)^2 + epsilon
//   a = 256 * x - floor((512 * sum(x) + N) / (2 * N))
//   w = rdmulh16(sat16((a + r) >> p), m)      p, m and r from swl_normalizer(D, mantissa, exponent)
//
// then the rule on 256 * w + bias, per channel. channels <= 65536, epsilon <= 2^62.
typedef struct {
  const int16_t *x;
  ptrdiff_t x_stride;
  int32_t rows;
  int32_t channels;
  uint64_t epsilon;
  int32_t mantissa;  // in [2^30, 2^31)
  int32_t exponent;
  swl_rule rule;
  int8_t *out;
  ptrdiff_t out_stride;
} swl_layer_norm;
