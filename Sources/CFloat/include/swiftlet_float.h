// Float kernels of the oracle. Every set of kernels yields the same bits: one FMA chain in k order
// for each output of a product, fixed trees for sums, own exp, erf and tanh, and no contraction by
// the compiler.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Products read A in panels [M / 12][K][12] and B in panels [N / 32][K][32], both padded with
// zeros.
enum { SWIFTLET_FLOAT_ROWS = 12, SWIFTLET_FLOAT_COLUMNS = 32 };

typedef enum {
  SWIFTLET_FLOAT_RELU,
  SWIFTLET_FLOAT_SIGMOID,
  SWIFTLET_FLOAT_TANH,
  SWIFTLET_FLOAT_ERF,
  SWIFTLET_FLOAT_EXP,
  SWIFTLET_FLOAT_SQRT,
  SWIFTLET_FLOAT_RECIPROCAL,
  SWIFTLET_FLOAT_ABSOLUTE,
  SWIFTLET_FLOAT_NEGATE,
  SWIFTLET_FLOAT_FLOOR,
  SWIFTLET_FLOAT_CEIL,
  SWIFTLET_FLOAT_ROUND,
  SWIFTLET_FLOAT_SIGN,
  SWIFTLET_FLOAT_GELU,
  SWIFTLET_FLOAT_GELU_TANH,
  SWIFTLET_FLOAT_SILU,
  SWIFTLET_FLOAT_HARD_SWISH,
  SWIFTLET_FLOAT_HARD_SIGMOID,  // clamp(alpha * x + beta, 0, 1)
  SWIFTLET_FLOAT_LEAKY_RELU,    // alpha: the slope
  SWIFTLET_FLOAT_CLIP           // alpha, beta: the bounds
} swiftlet_float_unary;

typedef enum {
  SWIFTLET_FLOAT_ADD,
  SWIFTLET_FLOAT_SUBTRACT,
  SWIFTLET_FLOAT_MULTIPLY,
  SWIFTLET_FLOAT_DIVIDE,
  SWIFTLET_FLOAT_MAXIMUM,
  SWIFTLET_FLOAT_MINIMUM
} swiftlet_float_binary;

typedef enum {
  SWIFTLET_FLOAT_SUM,
  SWIFTLET_FLOAT_SUM_OF_SQUARES,
  SWIFTLET_FLOAT_LARGEST,
  SWIFTLET_FLOAT_SMALLEST,
  SWIFTLET_FLOAT_PRODUCT
} swiftlet_float_reduction;

typedef enum {
  SWIFTLET_FLOAT_WEIGHTED,
  SWIFTLET_FLOAT_WINDOW_MAXIMUM,
  SWIFTLET_FLOAT_WINDOW_SUM
} swiftlet_float_window;

typedef struct {
  const char *name;

  // c[m][n] = bias + sum over k of a[m][k] b[k][n] for n <= 32 columns: all of A's panels times one
  // panel of B. The chain starts with the row's or the column's bias, either of which may be null.
  void (*gemm)(float *c, ptrdiff_t c_stride, size_t m, size_t n, size_t k, const float *a,
               const float *b, const float *row_bias, const float *column_bias);

  // One output plane [height][width]: at (y, x) the taps `in[y * row_stride + x + offsets[t]]`, t
  // in order, weighted and added to the bias, or their maximum or sum. Reads up to 16 floats past
  // the last tap.
  void (*window)(swiftlet_float_window kind, float *out, const float *in, const int32_t *offsets,
                 size_t taps, const float *weights, float bias, size_t height, size_t width,
                 ptrdiff_t row_stride);

  void (*unary)(swiftlet_float_unary kind, float alpha, float beta, float *out, const float *in,
                size_t count);

  // A step of 0 repeats the operand's first element, 1 walks over it.
  void (*binary)(swiftlet_float_binary kind, float *out, const float *a, size_t a_step,
                 const float *b, size_t b_step, size_t count);

  // out[i] = in[i] * scale + shift, fused.
  void (*affine)(float *out, const float *in, float scale, float shift, size_t count);

  // Sums have 16 lanes (element i in lane i mod 16), flushed into 16 totals every 64 vectors; the
  // totals are added pairwise: lanes 8 apart, 4, 2, 1. Extremes and products follow the same tree.
  float (*reduce)(swiftlet_float_reduction kind, const float *in, size_t count);
  // out[i] = out[i] combined with in[i].
  void (*accumulate)(swiftlet_float_reduction kind, float *out, const float *in, size_t count);

  void (*softmax)(float *out, const float *in, size_t rows, size_t count);
  // Scale and bias have `count` elements; either may be null.
  void (*layer_norm)(float *out, const float *in, size_t rows, size_t count, const float *scale,
                     const float *bias, float epsilon);
} swiftlet_float_kernels;

// The sets this machine can run, best first; returns their number, at most 3.
size_t swiftlet_float_available(const swiftlet_float_kernels *sets[3]);

// Packing and movement: the same code everywhere.

void swiftlet_float_pack_a(float *panels, const float *a, ptrdiff_t row_stride, ptrdiff_t k_stride,
                           size_t m, size_t k);
// One panel of n <= 32 columns.
void swiftlet_float_pack_b(float *panel, const float *b, ptrdiff_t k_stride,
                           ptrdiff_t column_stride, size_t n, size_t k);

// One panel of B for a convolution: columns first ... first + n of the output map, width `width`;
// taps as in `window`.
void swiftlet_float_unfold(float *panel, const float *in, const int32_t *offsets, size_t taps,
                           size_t first, size_t n, size_t width, ptrdiff_t row_stride);

// One plane [height][width] with margins, its columns sorted by phase: out[y][x mod stride][x /
// stride], `quotient` columns a phase, `out_height` rows.
void swiftlet_float_pad(float *out, const float *in, size_t height, size_t width, size_t top,
                        size_t left, size_t out_height, size_t stride, size_t quotient,
                        float padding);

// Copies counts[0] x ... x counts[rank - 1] elements, strides in elements.
void swiftlet_float_copy(void *out, const ptrdiff_t *out_strides, const void *in,
                         const ptrdiff_t *in_strides, const size_t *counts, size_t rank,
                         size_t element_size);

// Rarely needed functions, computed in double precision.

float swiftlet_float_log(float x);
float swiftlet_float_sin(float x);
float swiftlet_float_cos(float x);
float swiftlet_float_softplus(float x);
float swiftlet_float_mish(float x);
float swiftlet_float_elu(float x, float alpha);
float swiftlet_float_power(float x, float y);
float swiftlet_float_modulo(float x, float y);

// Lowers *low and raises *high to the extremes of the values below 2^126 in magnitude; returns how many are not.
size_t swiftlet_float_extremes(const float *x, size_t count, float *low, float *high);

// bins[zero + floor(x * scale)]++ for values that the bins hold; scale is a power of two, so nothing rounds.
void swiftlet_float_histogram(const float *x, size_t count, float scale, int32_t zero, uint64_t *bins);

#ifdef __cplusplus
}
#endif
