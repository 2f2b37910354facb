// GEMM over the width layer, for a file that has said how four neighbours are multiplied:
//
//   v32 dot4(v32 sums, v8 a, v8 b)                                 sums + a * b, added up by fours
//   v32 dot4_lane(v32 sums, v8 columns, v8 values, const int lane) the same with one group of four values for all columns
//
// 64 bytes of a panel are the operands of four of them, whose lanes are sixteen columns in order. A tile of four rows by one
// panel holds sixteen vectors of sums, one of each row (sixteen values) and four of the panel.

enum { max_rows = 4 };

// sums += values x columns, on four values of depth: the group of each row's vector, and 64 bytes of the panel.
INLINE void multiply_add_lane(const int8_t *b, const v8 values[max_rows], const int rows, v32 sums[max_rows][4],
                              const int lane) {
  UNROLL for (int i = 0; i < 4; i++) {
    const v8 columns = load8(b + 16 * i);
    UNROLL for (int row = 0; row < rows; row++) sums[row][i] = dot4_lane(sums[row][i], columns, values[row], lane);
  }
}

// sums += a x b for rows x 16 columns.
INLINE void accumulate(const swl_gemm *g, const int8_t *a, const int8_t *b, const int rows, v32 sums[max_rows][4]) {
  v8 values[max_rows];
  ptrdiff_t k = 0;
  for (; k + 16 <= g->depth; k += 16) {
    UNROLL for (int row = 0; row < rows; row++) values[row] = load8(a + row * g->a_stride + k);
    multiply_add_lane(b + 16 * k, values, rows, sums, 0);
    multiply_add_lane(b + 16 * k + 64, values, rows, sums, 1);
    multiply_add_lane(b + 16 * k + 128, values, rows, sums, 2);
    multiply_add_lane(b + 16 * k + 192, values, rows, sums, 3);
  }
  for (; k < g->depth; k += 4) {
    UNROLL for (int row = 0; row < rows; row++) values[row] = set_fours(a + row * g->a_stride + k);
    multiply_add_lane(b + 16 * k, values, rows, sums, 0);
  }
}

// The accumulators of a tile, the columns' bias included.
INLINE void multiply(const swl_gemm *g, const block_rule *rule, ptrdiff_t row, ptrdiff_t column, const int rows,
                     v32 products[max_rows][4]) {
  v32 sums[max_rows][4];
  const int8_t *b = g->b + column / 16 * g->b_panel_stride;
  ptrdiff_t a = row * g->a_stride;
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < 4; j++) sums[i][j] = g->a_low ? set32(0) : rule->bias[j];
  }
  accumulate(g, g->a + a, b, rows, sums);
  if (g->a_low) {
    UNROLL for (int i = 0; i < rows; i++) {
      UNROLL for (int j = 0; j < 4; j++) sums[i][j] = add32(shift_left32(sums[i][j], 7), rule->bias[j]);
    }
    accumulate(g, g->a_low + a, b, rows, sums);
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < 4; j++) products[i][j] = sums[i][j];
  }
}

// Stores the rows of a tile.
static void store_tile(const swl_gemm *g, const block_epilogue *e, const block_rule *of_columns, ptrdiff_t first,
                       ptrdiff_t column, int rows, v32 products[max_rows][4]) {
  for (int i = 0; i < rows; i++) {
    ptrdiff_t row = first + i;
    block_rule rule = *of_columns;
    if (g->rule_per_row) {
      rule = uniform_rule(g->rule.bias[row], g->rule.shift[row], g->rule.multiplier[row]);
      for (int j = 0; j < 4; j++) products[i][j] = add32(products[i][j], rule.bias[j]);
    }
    v16 w[2];
    scale_block(&rule, products[i], w);
    finish_block(e, w, row, column, g->columns - column);
  }
}

INLINE void tile(const swl_gemm *g, const block_epilogue *e, const block_rule *rule, ptrdiff_t row, ptrdiff_t column,
                 const int rows) {
  v32 products[max_rows][4];
  multiply(g, rule, row, column, rows, products);
  store_tile(g, e, rule, row, column, rows, products);
}

void KERNEL(gemm)(const swl_gemm *g) {
  block_epilogue e;
  prepare_epilogue(&e, &g->rule, &g->epilogue);
  for (ptrdiff_t column = 0; column < g->columns; column += 16) {
    block_rule rule = g->rule_per_row ? uniform_rule(0, 0, 0) : rule_of_channels(&g->rule, column);
    ptrdiff_t row = 0;
    for (; row + max_rows <= g->rows; row += max_rows) tile(g, &e, &rule, row, column, max_rows);
    switch (g->rows - row) {
      case 3: tile(g, &e, &rule, row, column, 3); break;
      case 2: tile(g, &e, &rule, row, column, 2); break;
      case 1: tile(g, &e, &rule, row, column, 1); break;
    }
  }
}

int64_t KERNEL(peak)(int64_t iterations) {
  enum { chains = 16 };
  v32 sums[chains];
  v8 value = set8((int32_t)iterations);
  UNROLL for (int i = 0; i < chains; i++) sums[i] = set32(i);
  for (int64_t n = 0; n < iterations; n++) {
    UNROLL for (int i = 0; i < chains; i++) {
      value = keep8(value);
      sums[i] = dot4(sums[i], value, value);
    }
  }
  for (int i = 1; i < chains; i++) sums[0] = add32(sums[0], sums[i]);
  keep8(bytes_of(sums[0]));
  return iterations * chains * block_channels;
}
