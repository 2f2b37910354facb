// Frames of streams.
#include "../../CKernels/spec/rule.h"
#include "../sets.h"

void swl_scalar_frame_rows(const swl_frame_rows *f) {
  enum { BLOCK = 64 };
  for (ptrdiff_t first = 0; first < f->count; first += BLOCK) {
    ptrdiff_t count = f->count - first < BLOCK ? f->count - first : BLOCK;
    uint32_t sums[BLOCK];
    for (ptrdiff_t x = 0; x < count; x++) sums[x] = 1 << 7;
    for (int32_t t = 0; t < f->taps; t++) {
      const uint8_t *in = f->in + t * f->in_stride + first;
      int16_t weight = f->weights[t];
      for (ptrdiff_t x = 0; x < count; x++) sums[x] += (uint32_t)((int16_t)in[x] * weight);
    }
    for (ptrdiff_t x = 0; x < count; x++) f->out[first + x] = (int16_t)clamp((int32_t)sums[x] >> 8, -32768, 32767);
  }
}

void swl_scalar_frame_columns(const swl_frame_columns *f) {
  for (ptrdiff_t x = 0; x < f->count; x++) {
    const int16_t *in = f->in + f->starts[x], *weights = f->weights + x * f->taps;
    uint32_t sum = 1 << 15;
    for (int32_t t = 0; t < f->taps; t++) sum += (uint32_t)(weights[t] * in[t]);
    f->out[x] = (int16_t)clamp((int32_t)sum >> 16, 0, 255 * 16);
  }
}

void swl_scalar_frame_colours(const swl_frame_colours *f) {
  for (ptrdiff_t x = 0; x < f->count; x++) {
    int8_t *out = f->out + (f->channels == 1 ? x : 4 * x);
    for (ptrdiff_t k = 0; k < f->channels; k++) {
      uint32_t sum = (uint32_t)f->offsets[k];
      for (ptrdiff_t c = 0; c < f->components; c++) {
        sum += (uint32_t)f->weights[k * f->components + c] * (uint32_t)f->in[c * f->in_stride + x];
      }
      out[k] = (int8_t)(clamp((int32_t)sum >> 18, 0, 255) - 128);
    }
    if (f->channels == 3) out[3] = -128;
  }
}
