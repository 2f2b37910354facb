// The largest value under a window, by channel.
#include "../sets.h"

void swl_scalar_max_pool(const swl_max_pool *p) {
  for (ptrdiff_t output = 0; output < (ptrdiff_t)p->rows * p->width; output++) {
    const ptrdiff_t y = p->first_row + output / p->width, x = output % p->width;
    for (ptrdiff_t channel = 0; channel < p->channels; channel++) {
      int8_t largest = -128;
      for (int32_t tap = 0; tap < p->kernel_height * p->kernel_width; tap++) {
        const ptrdiff_t row = y * p->stride_y + tap / p->kernel_width * p->dilation_y - p->pad_top;
        const ptrdiff_t column = x * p->stride_x + tap % p->kernel_width * p->dilation_x - p->pad_left;
        if (row < 0 || row >= p->input_height || column < 0 || column >= p->input_width) continue;
        const int8_t value = p->map[(row * p->input_width + column) * p->pixel_stride + channel];
        if (value > largest) largest = value;
      }
      p->out[output * p->out_stride + channel] = largest;
    }
  }
}
