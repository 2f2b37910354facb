// Depthwise convolution by blocks over the width layer, for a file that has said
//
//   block_values                   how many values of a channel a block holds side by side in a dword: 2 or 4
//   strip_blocks                   how many blocks stay in the first cache beside the input
//   interleave(p, values, out)     a block of the channels at p: each channel's values side by side, in the order of lanes
//   dot_block(sums, values, b)     sums + values * b, added up by channel
//   held(v)                        v, held in a register where the compiler would read it anew at every use
//   has_excess, dot_excess         as for generic/gemm.h, of dot_block
//
// A window is cut into blocks of values that lie the same way under every output: bands of rows, at most block_values
// of them, and as many columns as fill a block. First the blocks of a strip of columns are interleaved, each once, into
// memory that stays in the cache; then every output multiplies the blocks under its window.
enum {
  // Interleaved blocks of a strip, and blocks of a window.
  max_blocks = 20 * 1024 / (block_channels < 32 ? 32 : block_channels),
  tile_outputs = 4,  // outputs that are computed together
};

typedef struct {
  v32 parts[4];
} block;

// Rows of the window that share blocks.
typedef struct {
  int32_t rows, columns;
  int32_t row[block_values], column[block_values];  // of a block's values: the window's row or, where none is left, -1
} band;

typedef struct {
  const swl_depthwise *d;
  int32_t band_count, window_blocks;
  int32_t strip_columns, strip_outputs;
  ptrdiff_t channel, channels;  // of the block: the first, and how many there are from it on
  ptrdiff_t panel_size;
  band bands[max_blocks];
  int32_t offset[max_blocks];              // of a window's blocks in `blocks`
  int32_t taps[max_blocks][block_values];  // of a window's blocks; -1 outside the window
  block_rule rule;
  block_epilogue epilogue;
  int8_t padding[block_channels];
  const block *weights;         // of the window's blocks
  block own[1 + max_blocks];    // the excess and the weights, where they are not prepared
  block blocks[max_blocks];     // [band][column] of a strip
} job;
_Static_assert(sizeof(job) <= swl_blocks_scratch, "a depthwise call's scratch memory");

INLINE int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

// The columns of a block of so many rows.
INLINE int32_t block_columns(int32_t rows) { return 2 * rows > block_values ? 1 : block_values / rows; }

// A window's next block: of a band, from column x on.
static void plan_block(job *j, const band *b, int32_t band_offset, int32_t x) {
  const swl_depthwise *d = j->d;
  int32_t *taps = j->taps[j->window_blocks];
  j->offset[j->window_blocks++] = band_offset + x * d->dilation;
  for (int32_t i = 0; i < block_values; i++) {
    int32_t column = x + b->column[i];
    taps[i] = b->row[i] >= 0 && column < d->kernel_width ? b->row[i] * d->kernel_width + column : -1;
  }
}

// Whether the window fits; if so, how it is cut.
static int plan(job *j, const swl_depthwise *d) {
  int64_t span = (int64_t)(d->kernel_width - 1) * d->dilation + 1;
  int64_t reach = span + (tile_outputs - 1) * (int64_t)d->stride;
  j->d = d;
  j->panel_size = (d->kernel_height * d->kernel_width + 3) / 4 * 64;
  j->band_count = (d->kernel_height + block_values - 1) / block_values;
  if (reach * j->band_count > max_blocks) return 0;
  j->strip_columns = (reach * j->band_count > strip_blocks ? max_blocks : strip_blocks) / j->band_count;
  j->strip_outputs = ((j->strip_columns - (int32_t)reach) / (d->stride * tile_outputs) + 1) * tile_outputs;
  j->window_blocks = 0;
  for (int32_t i = 0; i < j->band_count; i++) {
    band *b = j->bands + i;
    b->rows = least(d->kernel_height - block_values * i, block_values);
    b->columns = block_columns(b->rows);
    for (int32_t k = 0; k < block_values; k++) {
      b->row[k] = k < b->rows * b->columns ? block_values * i + k / b->columns : -1;
      b->column[k] = k % b->columns;
    }
    for (int32_t x = 0; x < d->kernel_width; x += b->columns) plan_block(j, b, i * j->strip_columns, x);
  }
  return 1;
}

// A block's weights of the channels from the first panel on: of each channel a value from each tap.
static void weights_of_block(const job *j, const int32_t taps[block_values], const int8_t *panels, v32 out[4]) {
  enum { panel_vectors = 64 / sizeof(v32), value_bits = 32 / block_values };
  for (int q = 0; q < 4; q++) {
    const int8_t *panel = panels + q / panel_vectors * j->panel_size + q % panel_vectors * (int)sizeof(v32);
    out[q] = set32(0);
    if (q / panel_vectors * 16 >= j->channels) continue;
    for (int i = 0; i < block_values; i++) {
      if (taps[i] < 0) continue;
      const v32 four = dwords_of(load8(panel + taps[i] / 4 * 64));
      const v32 value = shift_right32(shift_left32(four, 24 - 8 * (taps[i] % 4)), 24);
      const v32 place = set32((int32_t)((value_bits == 8 ? 0xFFu : 0xFFFFu) << (value_bits * i)));
      out[q] = or32(out[q], and32(shift_left32(value, value_bits * i), place));
    }
  }
  dwords_to_pack_order(out, of_lanes);
}

// The excess of a block's channels, then the weights of the window's blocks.
static void prepare_channels(const job *j, block *out) {
  const int8_t *panels = j->d->weights + j->channel / 16 * j->panel_size;
  for (int q = 0; q < 4; q++) out->parts[q] = set32(0);
  for (int32_t i = 0; i < j->window_blocks; i++) {
    v32 *weights = out[1 + i].parts;
    weights_of_block(j, j->taps[i], panels, weights);
    for (int q = 0; q < 4; q++) out->parts[q] = dot_excess(out->parts[q], bytes_of(weights[q]));
  }
}

ptrdiff_t KERNEL(prepare_depthwise)(const swl_depthwise *d, void *out) {
  job *const j = d->scratch;
  if (!plan(j, d)) return 0;
  block *next = out;
  for (j->channel = 0; out && j->channel < d->channels; j->channel += block_channels) {
    j->channels = d->channels - j->channel;
    prepare_channels(j, next);
    next += 1 + j->window_blocks;
  }
  const ptrdiff_t parts = (d->channels + block_channels - 1) / block_channels;
  return parts * (1 + j->window_blocks) * (ptrdiff_t)sizeof(block);
}

// Makes the weights, rule and padding of a block's channels ready.
static void start_channels(job *j) {
  const swl_depthwise *d = j->d;
  const int32_t count = least((int32_t)j->channels, block_channels);
  const block *ready = j->own;
  if (d->prepared) {
    ready = (const block *)d->prepared + (d->prepared_channel + j->channel) / block_channels * (1 + j->window_blocks);
  } else {
    prepare_channels(j, j->own);
  }
  j->weights = ready + 1;
  j->rule = rule_of_channels(&d->rule, j->channel, count, of_lanes);
  for (int q = 0; q < 4; q++) j->rule.bias[q] = subtract32(j->rule.bias[q], ready->parts[q]);
  if (d->padding) memcpy(j->padding, d->padding + j->channel, (size_t)count);
}

// One of a block's values, column by column.
typedef struct {
  const int8_t *first;
  ptrdiff_t step;
  int32_t column;
} source;

// Interleaves blocks whose values are inside the input, or in a row of padding; only the first `values` count.
INLINE void interleave_inside(const source s[block_values], int32_t from, int32_t to, block *out, const int values) {
  const int8_t *p[block_values];
  for (int i = 0; i < block_values; i++) p[i] = s[i].first + (from + s[i].column) * s[i].step;
  for (int32_t x = from; x < to; x++) {
    interleave(p, values, out[x].parts);
    for (int i = 0; i < values; i++) p[i] += s[i].step;
  }
}

INLINE void interleave_edge(const job *j, const source s[block_values], int32_t from, int32_t to, block *out) {
  for (int32_t x = from; x < to; x++) {
    const int8_t *p[block_values];
    for (int i = 0; i < block_values; i++) {
      int32_t column = x + s[i].column;
      p[i] = column >= 0 && column < j->d->input_width ? s[i].first + column * s[i].step : j->padding;
    }
    interleave(p, block_values, out[x].parts);
  }
}

// Interleaves a band's blocks of so many columns from `first` on.
static void interleave_band(const job *j, const band *b, const int8_t *const *rows, int32_t first, int32_t columns,
                            block *out) {
  const swl_depthwise *d = j->d;
  source s[block_values];
  for (int i = 0; i < block_values; i++) {
    const int8_t *row = b->row[i] >= 0 ? rows[b->row[i]] : NULL;
    s[i].first = row ? row + j->channel : j->padding;
    s[i].step = row ? d->pixel_stride : 0;
    s[i].column = first - d->pad_left + b->column[i] * d->dilation;
  }
  int32_t from = s[0].column < 0 ? least(-s[0].column, columns) : 0;
  int32_t to = d->input_width - s[block_values - 1].column;
  to = to < from ? from : least(to, columns);
  interleave_edge(j, s, 0, from, out);
  if (block_values == 4 && b->rows == 3) {
    interleave_inside(s, from, to, out, 3);
  } else {
    interleave_inside(s, from, to, out, block_values);
  }
  interleave_edge(j, s, to, columns, out);
}

// Half of a tile's channels: the accumulators of two of a block's four parts.
typedef struct {
  v32 sums[tile_outputs][2];
} half_tile;

// Adds a band whose `count` blocks are `spacing` columns apart. Every column is read once.
INLINE void add_band(half_tile *h, const int half, const block *blocks, const block *weights, const int count,
                     const int spacing, const int stride) {
  v32 w[7][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) {
    for (int q = 0; q < 2; q++) w[i][q] = held(weights[i].parts[2 * half + q]);
  }
#pragma clang loop unroll(full)
  for (int column = 0; column <= (tile_outputs - 1) * stride + (count - 1) * spacing; column++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) {
      int x = column - i * spacing;
      if (x < 0 || x % stride || x / stride >= tile_outputs) continue;
      for (int q = 0; q < 2; q++) {
        h->sums[x / stride][q] = dot_block(h->sums[x / stride][q], blocks[column].parts[2 * half + q], w[i][q]);
      }
    }
  }
}

// Adds the window's blocks. A kernel above 0 is a square window's size, without dilation.
INLINE void add_window(half_tile *h, const int half, const job *j, const block *blocks, const int kernel,
                       const int stride) {
  const block *weights = j->weights;
#pragma clang loop unroll(full)
  for (int y = 0; y < kernel; y += block_values) {
    const int columns = block_columns(kernel - y < block_values ? kernel - y : block_values);
    const int count = (kernel + columns - 1) / columns;
    add_band(h, half, blocks, weights, count, columns, stride);
    blocks += j->strip_columns;
    weights += count;
  }
  if (kernel > 0) return;
  for (int32_t i = 0; i < j->window_blocks; i++) {
    const block *values = blocks + j->offset[i];
    for (int q = 0; q < 2; q++) {
      for (int t = 0; t < tile_outputs; t++) {
        h->sums[t][q] = dot_block(h->sums[t][q], values[t * stride].parts[2 * half + q], weights[i].parts[2 * half + q]);
      }
    }
  }
}

// A strip's outputs, the first of which is output `at`. A plain epilogue is an int8 output without table or residual.
INLINE void convolve(const job *j, ptrdiff_t at, const int32_t count, const int kernel, const int stride,
                     const int is_plain) {
  const block_rule rule = j->rule;
  const block_epilogue *epilogue = &j->epilogue;
  const output_range output = epilogue->output;
  const ptrdiff_t out_stride = j->d->epilogue.out_stride;
  int8_t *out = (int8_t *)j->d->epilogue.out + at * out_stride + j->channel;
  for (int32_t x = 0; x < count; x += tile_outputs) {
    v16 w[tile_outputs][2];
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      half_tile h;
      for (int t = 0; t < tile_outputs; t++) {
        for (int q = 0; q < 2; q++) h.sums[t][q] = rule.bias[2 * half + q];
      }
      add_window(&h, half, j, j->blocks + x * stride, kernel, stride);
      for (int t = 0; t < tile_outputs; t++) w[t][half] = scale_half_block(&rule, half, h.sums[t]);
    }
    for (int t = 0; t < tile_outputs; t++) {
      if (is_plain) {
        store8_some(out + (x + t) * out_stride, block_to_int8(&output, w[t], of_lanes), x + t < count ? j->channels : 0);
      } else if (x + t < count) {
        finish_block(epilogue, w[t], at + x + t, j->channel, j->channels, of_lanes);
      }
    }
  }
}

typedef void convolve_strip(const job *, ptrdiff_t at, int32_t count);

#define CONVOLVE(name, kernel, stride)                                                                               \
  static void name##_plain(const job *j, ptrdiff_t at, int32_t count) { convolve(j, at, count, kernel, stride, 1); } \
  static void name(const job *j, ptrdiff_t at, int32_t count) { convolve(j, at, count, kernel, stride, 0); }
CONVOLVE(convolve_3_1, 3, 1)
CONVOLVE(convolve_3_2, 3, 2)
CONVOLVE(convolve_5_1, 5, 1)
CONVOLVE(convolve_5_2, 5, 2)
CONVOLVE(convolve_7_1, 7, 1)
CONVOLVE(convolve_7_2, 7, 2)
CONVOLVE(convolve_any, 0, j->d->stride)

static convolve_strip *best_convolve(const swl_depthwise *d) {
  static convolve_strip *const choices[4][2][2] = {
      {{convolve_any, convolve_any_plain}, {convolve_any, convolve_any_plain}},
      {{convolve_3_1, convolve_3_1_plain}, {convolve_3_2, convolve_3_2_plain}},
      {{convolve_5_1, convolve_5_1_plain}, {convolve_5_2, convolve_5_2_plain}},
      {{convolve_7_1, convolve_7_1_plain}, {convolve_7_2, convolve_7_2_plain}},
  };
  const int is_plain = !d->epilogue.out_is_int16 && !d->epilogue.table && !d->epilogue.residual;
  const int32_t size = d->kernel_width;
  const int is_square = size == d->kernel_height && d->dilation == 1 && d->stride <= 2;
  const int has_own = is_square && (size == 3 || size == 5 || size == 7);
  return has_own ? choices[size / 2][d->stride - 1][is_plain] : choices[0][0][is_plain];
}

void KERNEL(depthwise)(const swl_depthwise *d) {
  job *const j = d->scratch;
  if (!plan(j, d)) return swl_scalar.depthwise(d);
  convolve_strip *const convolve_this = best_convolve(d);
  prepare_epilogue(&j->epilogue, &d->rule, &d->epilogue);
  for (j->channel = 0; j->channel < d->channels; j->channel += block_channels) {
    j->channels = d->channels - j->channel;
    start_channels(j);
    for (ptrdiff_t y = 0; y < d->height; y++) {
      const int8_t *const *rows = d->rows + y * d->kernel_height;
      for (int32_t x = 0; x < d->width; x += j->strip_outputs) {
        int32_t count = least(j->strip_outputs, d->width - x);
        int32_t columns = (count - 1) * d->stride + (d->kernel_width - 1) * d->dilation + 1;
        for (int32_t i = 0; i < j->band_count; i++) {
          interleave_band(j, j->bands + i, rows, x * d->stride, columns, j->blocks + i * j->strip_columns);
        }
        convolve_this(j, y * d->width + x, count);
      }
    }
  }
}
