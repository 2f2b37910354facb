#include "sets.h"

enum { ROWS = SWIFTLET_FLOAT_ROWS, COLUMNS = SWIFTLET_FLOAT_COLUMNS };

typedef float f4 __attribute__((ext_vector_type(4)));

// Four rows of `in` become four columns of `out`.
static inline void transpose4(float *out, ptrdiff_t out_stride, const float *in,
                              ptrdiff_t in_stride) {
  f4 a, b, c, d;
  memcpy(&a, in, sizeof a);
  memcpy(&b, in + in_stride, sizeof b);
  memcpy(&c, in + 2 * in_stride, sizeof c);
  memcpy(&d, in + 3 * in_stride, sizeof d);
  f4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  f4 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  f4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  f4 cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
  memcpy(out, &a, sizeof a);
  memcpy(out + out_stride, &b, sizeof b);
  memcpy(out + 2 * out_stride, &c, sizeof c);
  memcpy(out + 3 * out_stride, &d, sizeof d);
}

// out[c][r] = in[r][c].
static void transpose(float *out, ptrdiff_t out_stride, const float *in, ptrdiff_t in_stride,
                      size_t rows, size_t columns) {
  enum { BLOCK = 64 };
  for (size_t top = 0; top < rows; top += BLOCK) {
    size_t bottom = rows - top < BLOCK ? rows : top + BLOCK;
    for (size_t c = 0; c < columns; c += 4) {
      size_t r = top;
      if (c + 4 <= columns)
        for (; r + 4 <= bottom; r += 4)
          transpose4(out + (ptrdiff_t)c * out_stride + r, out_stride,
                     in + (ptrdiff_t)r * in_stride + c, in_stride);
      for (; r < bottom; r++)
        for (size_t x = c; x < columns && x < c + 4; x++)
          out[(ptrdiff_t)x * out_stride + (ptrdiff_t)r] =
              in[(ptrdiff_t)r * in_stride + (ptrdiff_t)x];
    }
  }
}

// A run of floats, without a call for short ones.
static inline void copy_run(float *out, const float *in, size_t count) {
  if (count >= 8) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) memcpy(out + i, in + i, 32);
    memcpy(out + count - 8, in + count - 8, 32);
  } else if (count >= 4) {
    memcpy(out, in, 16);
    memcpy(out + count - 4, in + count - 4, 16);
  } else {
    for (size_t i = 0; i < count; i++) out[i] = in[i];
  }
}

// `group` values for each k: out[k][group] from in at strides, zeros past `count`.
static void interleave(float *out, size_t group, const float *in, ptrdiff_t stride,
                       ptrdiff_t k_stride, size_t count, size_t k) {
  if (count < group) memset(out, 0, group * k * sizeof(float));
  if (k_stride == 1 && stride != 1) {
    transpose(out, (ptrdiff_t)group, in, stride, count, k);
  } else if (stride == 1) {
    for (size_t i = 0; i < k; i++)
      copy_run(out + i * group, in + (ptrdiff_t)i * k_stride, count);
  } else {
    for (size_t i = 0; i < k; i++)
      for (size_t j = 0; j < count; j++)
        out[i * group + j] = in[(ptrdiff_t)i * k_stride + (ptrdiff_t)j * stride];
  }
}

void swiftlet_float_pack_a(float *panels, const float *a, ptrdiff_t row_stride, ptrdiff_t k_stride,
                           size_t m, size_t k) {
  for (size_t row = 0; row < m; row += ROWS)
    interleave(panels + row * k, ROWS, a + (ptrdiff_t)row * row_stride, row_stride, k_stride,
               m - row < ROWS ? m - row : ROWS, k);
}

void swiftlet_float_pack_b(float *panel, const float *b, ptrdiff_t k_stride,
                           ptrdiff_t column_stride, size_t n, size_t k) {
  interleave(panel, COLUMNS, b, column_stride, k_stride, n, k);
}

void swiftlet_float_unfold(float *panel, const float *in, const int32_t *offsets, size_t taps,
                           size_t first, size_t n, size_t width, ptrdiff_t row_stride) {
  ptrdiff_t starts[COLUMNS];
  size_t lengths[COLUMNS], segments = 0;
  for (size_t column = 0; column < n;) {
    size_t y = (first + column) / width, x = (first + column) % width;
    size_t length = width - x < n - column ? width - x : n - column;
    starts[segments] = (ptrdiff_t)y * row_stride + (ptrdiff_t)x;
    lengths[segments++] = length;
    column += length;
  }
  if (n < COLUMNS) memset(panel, 0, taps * COLUMNS * sizeof(float));
  for (size_t t = 0; t < taps; t++) {
    float *out = panel + t * COLUMNS;
    for (size_t s = 0; s < segments; s++) {
      copy_run(out, in + offsets[t] + starts[s], lengths[s]);
      out += lengths[s];
    }
  }
}

void swiftlet_float_pad(float *out, const float *in, size_t height, size_t width, size_t top,
                        size_t left, size_t out_height, size_t stride, size_t quotient,
                        float padding) {
  size_t row_size = stride * quotient;
  for (size_t i = 0; i < row_size * out_height; i++) out[i] = padding;
  for (size_t y = 0; y < height && y + top < out_height; y++) {
    float *row = out + (y + top) * row_size;
    const float *source = in + y * width;
    for (size_t phase = 0; phase < stride; phase++) {
      size_t first = (phase + stride - left % stride) % stride;
      float *run = row + phase * quotient + (first + left) / stride;
      size_t limit = quotient - (first + left) / stride;
      if ((first + left) / stride >= quotient) continue;
      size_t count = first < width ? (width - first + stride - 1) / stride : 0;
      if (count > limit) count = limit;
      if (stride == 1) memcpy(run, source + first, count * sizeof(float));
      else
        for (size_t i = 0; i < count; i++) run[i] = source[first + i * stride];
    }
  }
}

#define COPY_ROW(TYPE)                                                  \
  do {                                                                  \
    TYPE *to = out;                                                     \
    const TYPE *from = in;                                              \
    for (size_t i = 0; i < count; i++)                                  \
      to[(ptrdiff_t)i * to_step] = from[(ptrdiff_t)i * from_step];      \
  } while (0)

static void copy_row(void *out, ptrdiff_t to_step, const void *in, ptrdiff_t from_step,
                     size_t count, size_t element_size) {
  if (to_step == 1 && from_step == 1) {
    if (element_size == 4 && count < 64) copy_run(out, in, count);
    else memcpy(out, in, count * element_size);
  } else if (element_size == 4) COPY_ROW(uint32_t);
  else if (element_size == 8) COPY_ROW(uint64_t);
  else if (element_size == 1) COPY_ROW(uint8_t);
  else
    for (size_t i = 0; i < count; i++)
      memcpy((char *)out + (ptrdiff_t)i * to_step * (ptrdiff_t)element_size,
             (const char *)in + (ptrdiff_t)i * from_step * (ptrdiff_t)element_size, element_size);
}

void swiftlet_float_copy(void *out, const ptrdiff_t *out_strides, const void *in,
                         const ptrdiff_t *in_strides, const size_t *counts, size_t rank,
                         size_t element_size) {
  if (rank == 0) {
    memcpy(out, in, element_size);
  } else if (rank == 1) {
    copy_row(out, out_strides[0], in, in_strides[0], counts[0], element_size);
  } else if (rank == 2 && element_size == 4 && in_strides[1] == 1 && out_strides[0] == 1) {
    transpose(out, out_strides[1], in, in_strides[0], counts[0], counts[1]);
  } else if (rank == 2 && element_size == 4 && in_strides[0] == 1 && out_strides[1] == 1) {
    transpose(out, out_strides[0], in, in_strides[1], counts[1], counts[0]);
  } else {
    for (size_t i = 0; i < counts[0]; i++)
      swiftlet_float_copy((char *)out + (ptrdiff_t)i * out_strides[0] * (ptrdiff_t)element_size,
                          out_strides + 1,
                          (const char *)in + (ptrdiff_t)i * in_strides[0] * (ptrdiff_t)element_size,
                          in_strides + 1, counts + 1, rank - 1, element_size);
  }
}
