#pragma once
#include "rule.h"

// Output rows of a depthwise convolution: out[y * width + x][c] for y < height, x < width, c < channels.
//
// rows: kernel_height pointers to input rows for each output row, [height][kernel_height]; NULL is a row of padding. A
// row is int8, [input_width][channels], its pixels pixel_stride apart. Tap (ky, kx) of output (y, x) reads channel c of
// rows[y * kernel_height + ky], column x * stride + kx * dilation - pad_left, and padding[c] where there is none.
// padding may be NULL where no tap needs it.
// weights: int8 [channels / 16][taps / 4][16][4], tap = ky * kernel_width + kx, taps padded to a multiple of 4 with
// zeros; within -127...127. There are at most 1024 taps.
// scratch: depthwise_scratch bytes of the set at a multiple of 64; of any content.
typedef struct {
  const int8_t *const *rows;
  ptrdiff_t pixel_stride;
  int32_t input_width;
  int32_t pad_left;
  const int8_t *padding;  // or NULL
  int32_t kernel_height;
  int32_t kernel_width;
  int32_t stride;
  int32_t dilation;
  int32_t height;
  int32_t width;
  int32_t channels;
  const int8_t *weights;
  const void *prepared;      // what the set's prepare_depthwise wrote for these channels, or for more of them; or NULL
  int32_t prepared_channel;  // the first channel's place among those, a multiple of 64
  void *scratch;
  swl_rule rule;
  swl_epilogue epilogue;
} swl_depthwise;
