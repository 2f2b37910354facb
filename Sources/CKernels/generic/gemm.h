// GEMM over the width layer, for a file that has said
//
//   tile_rows(panels)     how many rows the highest tile of so many panels has
//   accumulate(...)       a tile's multiply-accumulate block (generic/accumulate.h has the usual one)
//   has_excess            whether dot4 adds too much, by what a column's weights alone decide:
//   dot_excess(sums, b)   sums and that
//   prepare_left, dot4    the left operand made ready, and sums + left * b, added up by fours (dot4_products at once)
//   ready_bytes(g), prepare_panel(g, b, out)
//                         what is found out about a panel once and for all: the excess of its columns where there is one, else
//                         what the set's accumulate makes of it
//
// Columns are worked on in stripes of at most a block, each over all rows. Accumulators go from registers through the epilogue
// to memory.

enum {
  max_rows = 6,
  panel_vectors = 64 / sizeof(v32),  // registers of a panel's sixteen columns
  max_panels = 4 / panel_vectors,
};

typedef struct {
  const swl_gemm *gemm;
  block_epilogue epilogue;
  block_rule rule;  // unless there is one per row
  v32 starts[4];    // of the accumulators: the bias where no other step comes first, less the excess
  const int8_t *ready;  // what is prepared of its panels, or NULL
  ptrdiff_t column, columns;
} stripe;

// w of a row of accumulators; those of half a block fill both of its halves.
INLINE void scale_row(const block_rule *rule, const int biased, const int panels, const v32 sums[4], v16 w[2]) {
  enum { half_panels = max_panels / 2 };
  v32 all[4];
  for (int j = 0; j < 4; j++) {
    all[j] = j < panels * panel_vectors ? sums[j] : set32(0);
    if (!biased) all[j] = add32(all[j], rule->bias[j]);
  }
  w[0] = scale_half_block(rule, 0, all);
  w[1] = panels <= half_panels ? w[0] : scale_half_block(rule, 1, all + 2);
}

// Brings the residual of the next tile to the first-level cache: rows lie too far apart for the processor to guess it.
INLINE void fetch_rows(const char *first, ptrdiff_t step, const int rows, ptrdiff_t bytes) {
  for (int i = 0; i < rows; i++) {
    __builtin_prefetch(first + i * step);
    if (block_channels > 16) __builtin_prefetch(first + i * step + bytes - 1);
  }
}

// `count` tiles, one below the other.
INLINE void multiply(const stripe *s, ptrdiff_t row, ptrdiff_t count, const int rows, const int panels) {
  const swl_gemm *g = s->gemm;
  const block_epilogue *e = &s->epilogue;
  const ptrdiff_t columns = s->columns;
  const int has_low = g->a_low != NULL, rule_per_row = g->rule_per_row;
  const int8_t *b = g->b + s->column / 16 * g->b_panel_stride;
  char *out = output_at(e, row, s->column);
  const char *residual = residual_at(e, row, s->column);
  const ptrdiff_t out_bytes = output_step(e), residual_bytes = residual_step(e);
  for (; count > 0; count--, row += rows) {
    const int8_t *soon = b + (panels + count % max_panels) * g->b_panel_stride;
    const ptrdiff_t at = row * g->a_stride;
    v32 sums[max_rows][4];
    UNROLL for (int i = 0; i < rows; i++) {
      UNROLL for (int j = 0; j < panels * panel_vectors; j++) sums[i][j] = s->starts[j];
    }
    if (residual) fetch_rows(residual + rows * residual_bytes, residual_bytes, rows, (16 * panels) << e->is_int16);
    accumulate(g, g->a + at, b, s->ready, soon, 0, rows, panels, sums);
    if (has_low) {
      UNROLL for (int i = 0; i < rows; i++) {
        UNROLL for (int j = 0; j < panels * panel_vectors; j++) sums[i][j] = shift_left32(sums[i][j], 7);
      }
      accumulate(g, g->a_low + at, b, s->ready, soon, 1, rows, panels, sums);
    }
    UNROLL for (int i = 0; i < rows; i++, out += out_bytes, residual += residual_bytes) {
      v16 w[2];
      if (rule_per_row) {
        const swl_rule *rule = &g->rule;
        const block_rule of_row = uniform_rule(rule->bias[row + i], rule->shift[row + i], rule->multiplier[row + i]);
        scale_row(&of_row, 0, panels, sums[i], w);
      } else {
        scale_row(&s->rule, !has_low, panels, sums[i], w);
      }
      finish_block_at(e, w, out, residual, columns, of_panels);
    }
  }
}

typedef void tiles_function(const stripe *, ptrdiff_t row, ptrdiff_t count);

#define TILES(rows, panels)                                                                                       \
  static void tiles_##rows##x##panels(const stripe *s, ptrdiff_t row, ptrdiff_t count) {                          \
    if (panels <= max_panels && rows <= tile_rows(panels)) multiply(s, row, count, rows, panels);                 \
  }
#define ALL_TILES(panels) \
  TILES(1, panels) TILES(2, panels) TILES(3, panels) TILES(4, panels) TILES(5, panels) TILES(6, panels)
ALL_TILES(1)
ALL_TILES(2)
ALL_TILES(3)
ALL_TILES(4)

static tiles_function *const tiles[4][max_rows] = {
    {tiles_1x1, tiles_2x1, tiles_3x1, tiles_4x1, tiles_5x1, tiles_6x1},
    {tiles_1x2, tiles_2x2, tiles_3x2, tiles_4x2, tiles_5x2, tiles_6x2},
    {tiles_1x3, tiles_2x3, tiles_3x3, tiles_4x3, tiles_5x3, tiles_6x3},
    {tiles_1x4, tiles_2x4, tiles_3x4, tiles_4x4, tiles_5x4, tiles_6x4},
};

// What dot4 adds too much for each column.
static void find_excess(const stripe *s, const int32_t panels, v32 excess[4]) {
  const swl_gemm *g = s->gemm;
  const int8_t *b[4];
  v32 sums[2][4];
  for (int j = 0; j < 4; j++) {
    const int32_t panel = j / panel_vectors < panels ? j / panel_vectors : 0;
    b[j] = g->b + (s->column / 16 + panel) * g->b_panel_stride + j % panel_vectors * (int)sizeof(v32);
    sums[0][j] = sums[1][j] = set32(0);
  }
  const ptrdiff_t end = 16 * (ptrdiff_t)g->depth;
  for (ptrdiff_t k = 0; k < end; k += 128) {
    for (int j = 0; j < 4; j++) {
      sums[0][j] = dot_excess(sums[0][j], load8(b[j] + k));
      if (k + 64 < end) sums[1][j] = dot_excess(sums[1][j], load8(b[j] + k + 64));
    }
  }
  for (int j = 0; j < 4; j++) excess[j] = add32(sums[0][j], sums[1][j]);
}

static void start_stripe(stripe *s, const int32_t panels) {
  const swl_gemm *g = s->gemm;
  const int starts_at_bias = !g->rule_per_row && !g->a_low;
  if (!g->rule_per_row) s->rule = rule_of_channels(&g->rule, s->column, s->columns, of_panels);
  for (int j = 0; j < 4; j++) s->starts[j] = starts_at_bias ? s->rule.bias[j] : set32(0);
  s->ready = NULL;
  if (g->prepared) s->ready = (const int8_t *)g->prepared + (g->prepared_column + s->column) / 16 * ready_bytes(g);
  if (has_excess) {
    v32 excess[4];
    if (s->ready) {
      for (int j = 0; j < 4; j++) {
        const ptrdiff_t first = block_channels / 4 * j;
        excess[j] = load32_some((const int32_t *)s->ready + first, whole_panels(s->columns) - first);
      }
    } else {
      find_excess(s, panels, excess);
    }
    for (int j = 0; j < 4; j++) s->starts[j] = subtract32(s->starts[j], excess[j]);
  }
}

// A whole block where there is one, but rather three quarters twice than one and a quarter or a half.
INLINE int32_t panels_of_stripe(int32_t left) {
  if (left <= max_panels) return left;
  return max_panels == 4 && left <= 9 && left % 4 != 0 && left % 4 != 3 ? 3 : max_panels;
}

void KERNEL(gemm)(const swl_gemm *g) {
  if (g->rows < 1) return;
  stripe s;
  s.gemm = g;
  prepare_epilogue(&s.epilogue, &g->rule, &g->epilogue);
  int32_t left = (g->columns + 15) / 16;
  for (s.column = 0; left > 0;) {
    const int32_t panels = panels_of_stripe(left);
    s.columns = g->columns - s.column < 16 * panels ? g->columns - s.column : 16 * panels;
    start_stripe(&s, panels);
    // As few tiles as there can be, of heights that differ by at most one.
    const ptrdiff_t most = tile_rows(panels);
    const ptrdiff_t parts = (g->rows + most - 1) / most, height = g->rows / parts, higher = g->rows - parts * height;
    if (higher) tiles[panels - 1][height](&s, 0, higher);
    tiles[panels - 1][height - 1](&s, higher * (height + 1), parts - higher);
    s.column += 16 * panels;
    left -= panels;
  }
}

ptrdiff_t KERNEL(prepare_gemm)(const swl_gemm *g, void *out) {
  const ptrdiff_t panels = (g->columns + 15) / 16, bytes = ready_bytes(g);
  for (ptrdiff_t panel = 0; out && panel < panels; panel++) {
    prepare_panel(g, g->b + panel * g->b_panel_stride, (int8_t *)out + panel * bytes);
  }
  return panels * bytes;
}

int64_t KERNEL(peak)(int64_t iterations) {
  enum { chains = block_channels == 64 ? 24 : block_channels == 32 ? 12 : 16 };
  v32 sums[chains];
  const v8 value = set8((int32_t)iterations);
  const left_operand left = prepare_left(value);
  UNROLL for (int i = 0; i < chains; i++) sums[i] = set32(i);
  for (int64_t n = 0; n < iterations; n++) {
    UNROLL for (int i = 0; i < chains; i++) sums[i] = dot4(sums[i], left, bytes_of(keep32(dwords_of(value))));
  }
  for (int i = 1; i < chains; i++) sums[0] = add32(sums[0], sums[i]);
  keep32(sums[0]);
  return iterations * chains * dot4_products;
}
