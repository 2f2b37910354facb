// Convolution of each channel by itself.
#include "../sets.h"
#include "rule.h"

// The input's value under a tap, or the padding's.
static int8_t tap_value(const swl_depthwise *d, ptrdiff_t y, ptrdiff_t x, int32_t tap, ptrdiff_t channel) {
  const int8_t *row = d->rows[y * d->kernel_height + tap / d->kernel_width];
  ptrdiff_t column = x * d->stride + tap % d->kernel_width * d->dilation - d->pad_left;
  if (!row || column < 0 || column >= d->input_width) return d->padding[channel];
  return row[column * d->pixel_stride + channel];
}

void swl_scalar_depthwise(const swl_depthwise *d) {
  int32_t taps = d->kernel_height * d->kernel_width;
  ptrdiff_t panel_size = (taps + 3) / 4 * 64;
  for (ptrdiff_t output = 0; output < (ptrdiff_t)d->height * d->width; output++) {
    ptrdiff_t y = output / d->width, x = output % d->width;
    for (ptrdiff_t channel = 0; channel < d->channels; channel++) {
      const int8_t *panel = d->weights + channel / 16 * panel_size;
      uint32_t sum = 0;
      for (int32_t tap = 0; tap < taps; tap++) {
        int32_t weight = panel[(tap / 4 * 16 + channel % 16) * 4 + tap % 4];
        sum += (uint32_t)(tap_value(d, y, x, tap, channel) * weight);
      }
      epilogue_store(&d->epilogue, &d->rule, rule_scaled(&d->rule, channel, (int32_t)sum), output, channel);
    }
  }
}
