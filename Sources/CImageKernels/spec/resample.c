// Resizing of 8-bit pixels.
#include "../../CKernels/spec/rule.h"
#include "../sets.h"

// `step`: bytes between taps.
static uint8_t resampled(const uint8_t *in, ptrdiff_t step, const int32_t *weights, int32_t taps) {
  uint32_t sum = 1 << 21;
  for (int32_t t = 0; t < taps; t++) sum += (uint32_t)weights[t] * in[t * step];
  return (uint8_t)clamp((int32_t)sum >> 22, 0, 255);
}

void swl_scalar_resample_horizontal(const swl_resample *r) {
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)r->width * r->channels; i++) {
      ptrdiff_t x = i / r->channels;
      const uint8_t *in = r->in + row * r->in_stride + (ptrdiff_t)r->starts[x] * r->channels + i % r->channels;
      r->out[row * r->out_stride + i] = resampled(in, r->channels, r->weights + x * r->taps, r->taps);
    }
  }
}

void swl_scalar_resample_vertical(const swl_resample *r) {
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)r->width * r->channels; i++) {
      const uint8_t *in = r->in + r->starts[row] * r->in_stride + i;
      r->out[row * r->out_stride + i] = resampled(in, r->in_stride, r->weights + row * r->taps, r->taps);
    }
  }
}
