// The kernels of pictures on their way to a model's input: resizing, and the frames of streams. As in swiftlet_kernels.h
// each instruction set has a table of them, whose specification is in spec/.
#ifndef SWIFTLET_IMAGE_KERNELS_H
#define SWIFTLET_IMAGE_KERNELS_H

#include "swiftlet_kernels.h"

// One pass of a resize of 8-bit pixels, as Pillow computes it:
//
//   out = clamp((sum of weight * pixel + 2^21) >> 22, 0, 255)          sums wrap around; |weight| <= 3 * 2^21
//
// Horizontal: out[row][x][c] sums weights[x][t] * in[row][starts[x] + t][c] over t < taps.
// Vertical:   out[row][x][c] sums weights[row][t] * in[starts[row] + t][x][c].
//
// in, out: uint8 [rows][width][channels] with 1 or 3 channels, rows `stride` bytes apart; rows and width are the output's.
// taps is a multiple of 4; pixels whose weight is 0 are read too. May read up to 64 bytes behind the last pixel.
typedef struct {
  const uint8_t *in;
  ptrdiff_t in_stride;
  const int32_t *starts;
  const int32_t *weights;
  int32_t taps;
  int32_t channels;
  int32_t rows;
  int32_t width;
  uint8_t *out;
  ptrdiff_t out_stride;
} swl_resample;

// A row of a stream's frame on its way to a model's input: rows of bytes to one, with 6 fraction bits, whatever the bytes
// mean; its samples of one component to the model's columns, with 4; components to pixels. Weights have 14 fraction bits;
// sums wrap around.
//
// out[x] = sat16((sum over t < taps of weights[t] * in[t * in_stride + x] + 2^7) >> 8) for x < count.
typedef struct {
  const uint8_t *in;
  ptrdiff_t in_stride;
  const int16_t *weights;
  int32_t taps;
  int32_t count;
  int16_t *out;
} swl_frame_rows;

// out[x] = clamp((sum over t < taps of weights[x * taps + t] * in[starts[x] + t] + 2^15) >> 16, 0, 255 * 16) for x < count.
// taps is a multiple of 16; elements whose weight is 0 are read too.
typedef struct {
  const int16_t *in;
  const int32_t *starts;
  const int16_t *weights;
  int32_t taps;
  int32_t count;
  int16_t *out;
} swl_frame_columns;

// out = clamp((sum over c < components of weights[k * components + c] * in[c * in_stride + x] + offsets[k]) >> 18, 0, 255)
// - 128 for channel k of pixel x < count. out is [count] with one channel, [count][4] with three, the fourth being -128.
typedef struct {
  const int16_t *in;
  ptrdiff_t in_stride;
  const int32_t *weights;
  const int32_t *offsets;
  int32_t components;
  int32_t channels;
  int32_t count;
  int8_t *out;
} swl_frame_colours;

// Every kernel: its name and its argument struct.
#define SWL_IMAGE_KERNELS(ROW, set)           \
  ROW(set, resample_horizontal, swl_resample) \
  ROW(set, resample_vertical, swl_resample)   \
  ROW(set, frame_rows, swl_frame_rows)        \
  ROW(set, frame_columns, swl_frame_columns)  \
  ROW(set, frame_colours, swl_frame_colours)

// The kernels of one instruction set.
typedef struct {
  const char *name;
  SWL_IMAGE_KERNELS(SWL_POINTER, )
} swl_image_kernels;

// The image kernels of a set: those of its name, or else of the nearest base that has some.
const swl_image_kernels *swl_image_kernels_of(const swl_kernels *set);

// The rows of swl_image_kernels, ended by one without a name.
const swl_kernel_row *swl_image_kernel_rows(void);

#endif
