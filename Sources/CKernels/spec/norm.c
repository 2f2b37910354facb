// Rows of int16 to int8: normalised, and as they are.
#include "../sets.h"
#include "rule.h"

void swl_scalar_layer_norm(const swl_layer_norm *l) {
  int64_t n = l->channels;
  for (ptrdiff_t row = 0; row < l->rows; row++) {
    const int16_t *x = l->x + row * l->x_stride;
    int64_t sum = 0;
    uint64_t squares = 0;
    for (int32_t i = 0; i < n; i++) {
      sum += x[i];
      squares += (uint64_t)(x[i] * x[i]);
    }
    uint64_t d = (uint64_t)n * squares - (uint64_t)(sum * sum) + l->epsilon;
    int32_t mean = mean_by_256(sum, n);
    swl_scale scale = swl_normalizer(d, l->mantissa, l->exponent);
    for (int32_t i = 0; i < n; i++) {
      int32_t w = scaled(256 * x[i] - mean + scale.bias, scale.shift, scale.multiplier);
      l->out[row * l->out_stride + i] = rule_int8(&l->rule, i, 256 * w);
    }
  }
}

void swl_scalar_requantize(const swl_requantize *r) {
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    for (ptrdiff_t i = 0; i < r->channels; i++) {
      r->out[row * r->out_stride + i] = rule_int8(&r->rule, i, 256 * r->x[row * r->x_stride + i]);
    }
  }
}
