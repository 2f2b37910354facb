// Layer normalisation over the width layer.

typedef struct {
  int64_t sum;
  uint64_t squares;
} moments;

// A lane's sum of words stays within int32 for a row of 65536.
INLINE moments row_moments(const int16_t *x, ptrdiff_t channels) {
  v32 sums = set32(0);
  sums64 squares = no_sums64();
  for (ptrdiff_t i = 0; i < channels; i += block_channels / 2) {
    v16 v = load16_some(x + i, channels - i);
    sums = add_pairs16(sums, v);
    squares = add_squares16(squares, v);
  }
  return (moments){.sum = total32(sums), .squares = total64(squares)};
}

enum { strip_rows = 16 };

// The first stage of each row of a strip; its bias takes the mean away. The scalar part of many rows overlaps.
static void find_scales(const swl_layer_norm *l, ptrdiff_t first, ptrdiff_t rows, swl_scale *scales) {
  moments m[strip_rows];
  int64_t n = l->channels;
  for (ptrdiff_t row = 0; row < rows; row++) m[row] = row_moments(l->x + (first + row) * l->x_stride, l->channels);
  for (ptrdiff_t row = 0; row < rows; row++) {
    uint64_t d = (uint64_t)n * m[row].squares - (uint64_t)(m[row].sum * m[row].sum) + l->epsilon;
    scales[row] = swl_normalizer(d, l->mantissa, l->exponent);
    scales[row].bias -= mean_by_256(m[row].sum, n);
  }
}

// A strip's rows of a block of channels, of which `count` exist.
INLINE void normalize_channels(const swl_layer_norm *l, const swl_scale *scales, ptrdiff_t first, ptrdiff_t rows,
                               ptrdiff_t i, ptrdiff_t count) {
  const output_range output = range_of_output(l->rule.zero_point, l->rule.low, l->rule.high);
  const block_rule rule = rule_of_channels(&l->rule, i, count, of_lanes);
  for (ptrdiff_t row = 0; row < rows; row++) {
    const block_rule normal = uniform_rule(scales[row].bias, scales[row].shift, scales[row].multiplier);
    v16 x[2], w[2];
    load_words(l->x + (first + row) * l->x_stride + i, count, x);
    scale_words(&normal, x, w);
    scale_words(&rule, w, x);
    store8_some(l->out + (first + row) * l->out_stride + i, block_to_int8(&output, x, of_lanes), count);
  }
}

// By strips of rows, so that the channels' rule is made ready once a strip.
void KERNEL(layer_norm)(const swl_layer_norm *arguments) {
  const swl_layer_norm l = *arguments;
  for (ptrdiff_t first = 0; first < l.rows; first += strip_rows) {
    swl_scale scales[strip_rows];
    const ptrdiff_t rows = l.rows - first < strip_rows ? l.rows - first : strip_rows;
    find_scales(&l, first, rows, scales);
    ptrdiff_t i = 0;
    for (; i + block_channels <= l.channels; i += block_channels) {
      normalize_channels(&l, scales, first, rows, i, block_channels);
    }
    if (i < l.channels) normalize_channels(&l, scales, first, rows, i, l.channels - i);
  }
}
