#pragma once
#include <stddef.h>
#include <stdint.h>

// Output rows of a max pooling: out[y * width + x][c] is the largest value of channel c under the window's taps that lie inside
// the map, -128 where none does. Tap (ky, kx) reads row (first_row + y) * stride_y + ky * dilation_y - pad_top and column
// x * stride_x + kx * dilation_x - pad_left.
typedef struct {
  const int8_t *map;  // [input_height][input_width], pixels pixel_stride apart
  ptrdiff_t pixel_stride;
  int32_t input_height;
  int32_t input_width;
  int32_t kernel_height;
  int32_t kernel_width;
  int32_t stride_y;
  int32_t stride_x;
  int32_t dilation_y;
  int32_t dilation_x;
  int32_t pad_top;
  int32_t pad_left;
  int32_t first_row;
  int32_t rows;
  int32_t width;
  int32_t channels;
  int8_t *out;
  ptrdiff_t out_stride;
} swl_max_pool;
