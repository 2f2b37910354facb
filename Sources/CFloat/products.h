// Matrix products and windows. Included by each kernel set, which defines TILE_ROWS (a divisor of
// 12) and TILE_VECTORS.

INLINE __attribute__((flatten)) void tile(float *c, ptrdiff_t c_stride, size_t rows_stored,
                                          size_t columns_stored, size_t k, const float *a,
                                          const float *b, const float *row_bias,
                                          const float *start, const int rows, const int vectors) {
  vf sums[TILE_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sums[r][v] =
          row_bias ? (vf)row_bias[(size_t)r < rows_stored ? r : 0] : load(start + v * LANES);
  for (size_t i = 0; i < k; i++) {
    vf columns[TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      columns[v] = load(b + i * SWIFTLET_FLOAT_COLUMNS + (size_t)v * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      vf x = a[i * SWIFTLET_FLOAT_ROWS + (size_t)r];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[r][v] = fma_v(x, columns[v], sums[r][v]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    if ((size_t)r >= rows_stored) break;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      float *out = c + r * c_stride + v * LANES;
      size_t first = (size_t)v * LANES;
      if (columns_stored >= first + LANES) store(out, sums[r][v]);
      else if (columns_stored > first) store_part(out, sums[r][v], columns_stored - first);
    }
  }
}

#define TILE(ROWS, VECTORS) \
  tile(c, c_stride, rows, columns, k, a, b, row_bias, start, ROWS, VECTORS)

// One tile of at most TILE_ROWS rows and TILE_VECTORS vectors, computing no more of it than it
// needs.
static __attribute__((noinline)) void any_tile(float *c, ptrdiff_t c_stride, size_t rows,
                                               size_t columns, size_t k, const float *a,
                                               const float *b, const float *row_bias,
                                               const float *start) {
  bool narrow = columns <= LANES;
  if (rows <= TILE_ROWS / 3) {
    if (narrow) TILE(TILE_ROWS / 3, 1);
    else TILE(TILE_ROWS / 3, TILE_VECTORS);
  } else if (rows <= 2 * TILE_ROWS / 3) {
    if (narrow) TILE(2 * TILE_ROWS / 3, 1);
    else TILE(2 * TILE_ROWS / 3, TILE_VECTORS);
  } else {
    if (narrow) TILE(TILE_ROWS, 1);
    else TILE(TILE_ROWS, TILE_VECTORS);
  }
}

static void gemm(float *c, ptrdiff_t c_stride, size_t m, size_t n, size_t k, const float *a,
                 const float *b, const float *row_bias, const float *column_bias) {
  float start[SWIFTLET_FLOAT_COLUMNS] = {0};
  if (column_bias) memcpy(start, column_bias, n * sizeof(float));
  for (size_t row = 0; row < m; row += TILE_ROWS) {
    size_t rows = m - row < TILE_ROWS ? m - row : TILE_ROWS;
    const float *panel = a + (row / SWIFTLET_FLOAT_ROWS) * k * SWIFTLET_FLOAT_ROWS +
                         row % SWIFTLET_FLOAT_ROWS;
    for (size_t column = 0; column < n; column += TILE_VECTORS * LANES) {
      size_t columns = n - column < TILE_VECTORS * LANES ? n - column : TILE_VECTORS * LANES;
      any_tile(c + (ptrdiff_t)row * c_stride + column, c_stride, rows, columns, k, panel,
               b + column, row_bias ? row_bias + row : 0, start + column);
    }
  }
}

enum { WINDOW_ROWS = 4 };

INLINE void window_rows(swiftlet_float_window kind, float *out, size_t width, size_t count,
                        const float *in, const int32_t *offsets, size_t taps, const float *weights,
                        float bias, ptrdiff_t row_stride, const int rows) {
  vf values[WINDOW_ROWS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
    values[r] = kind == SWIFTLET_FLOAT_WINDOW_MAXIMUM ? (vf)-INFINITY : (vf)bias;
  for (size_t t = 0; t < taps; t++) {
    const float *tap = in + offsets[t];
    vf weight = kind == SWIFTLET_FLOAT_WEIGHTED ? weights[t] : 1.0f;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      vf x = load(tap + r * row_stride);
      if (kind == SWIFTLET_FLOAT_WEIGHTED) values[r] = fma_v(weight, x, values[r]);
      else if (kind == SWIFTLET_FLOAT_WINDOW_SUM) values[r] = values[r] + x;
      else values[r] = max_v(values[r], x);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    if (count == LANES) store(out + (size_t)r * width, values[r]);
    else store_part(out + (size_t)r * width, values[r], count);
  }
}

INLINE void window_plane(swiftlet_float_window kind, float *out, const float *in,
                         const int32_t *offsets, size_t taps, const float *weights, float bias,
                         size_t height, size_t width, ptrdiff_t row_stride) {
  for (size_t x = 0; x < width; x += LANES) {
    size_t count = width - x < LANES ? width - x : LANES;
    size_t y = 0;
    for (; y + WINDOW_ROWS <= height; y += WINDOW_ROWS)
      window_rows(kind, out + y * width + x, width, count, in + (ptrdiff_t)y * row_stride + x,
                  offsets, taps, weights, bias, row_stride, WINDOW_ROWS);
    for (; y < height; y++)
      window_rows(kind, out + y * width + x, width, count, in + (ptrdiff_t)y * row_stride + x,
                  offsets, taps, weights, bias, row_stride, 1);
  }
}

#define WINDOW(KIND)                                                                             \
  window_plane(KIND, out, in, offsets, taps, weights, bias, height, width, row_stride)

static void window(swiftlet_float_window kind, float *out, const float *in, const int32_t *offsets,
                   size_t taps, const float *weights, float bias, size_t height, size_t width,
                   ptrdiff_t row_stride) {
  switch (kind) {
    case SWIFTLET_FLOAT_WEIGHTED: WINDOW(SWIFTLET_FLOAT_WEIGHTED); break;
    case SWIFTLET_FLOAT_WINDOW_MAXIMUM: WINDOW(SWIFTLET_FLOAT_WINDOW_MAXIMUM); break;
    case SWIFTLET_FLOAT_WINDOW_SUM: WINDOW(SWIFTLET_FLOAT_WINDOW_SUM); break;
  }
}
