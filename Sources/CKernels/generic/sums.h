// Sums over rows, and the rule on them, over the width layer.

// sums[first...] += v, of a block of `count` sums.
INLINE void add_to_sums(int32_t *sums, ptrdiff_t first, ptrdiff_t count, v32 v) {
  store32_some(sums + first, add32(load32_some(sums + first, count - first), v), count - first);
}

// Adds four rows' int8, of which `rows` exist.
INLINE void sum_four_rows(const int8_t *x, ptrdiff_t stride, const int rows, ptrdiff_t count, v32 total[4]) {
  v8 v[4];
  for (int k = 0; k < 4; k++) v[k] = k < rows ? load8_some(x + k * stride, count) : set8(0);
  add_four8(v, total);
}

void KERNEL(sum_rows8)(const swl_sum_rows *arguments) {
  const swl_sum_rows s = *arguments;
  for (ptrdiff_t i = 0; i < s.channels; i += block_channels) {
    const int8_t *x = (const int8_t *)s.x + i;
    const ptrdiff_t count = s.channels - i;
    v32 total[4] = {set32(0), set32(0), set32(0), set32(0)};
    ptrdiff_t row = 0;
    for (; row + 4 <= s.rows; row += 4) sum_four_rows(x + row * s.stride, s.stride, 4, count, total);
    for (; row < s.rows; row++) sum_four_rows(x + row * s.stride, s.stride, 1, count, total);
    dwords_to_natural_order(total, of_lanes);
    for (int k = 0; k < 4; k++) add_to_sums(s.sums + i, block_channels / 4 * k, count, total[k]);
  }
}

void KERNEL(sum_rows16)(const swl_sum_rows *arguments) {
  const swl_sum_rows s = *arguments;
  for (ptrdiff_t i = 0; i < s.channels; i += block_channels / 2) {
    const int16_t *x = (const int16_t *)s.x + i;
    const ptrdiff_t count = s.channels - i;
    v32 total[2] = {set32(0), set32(0)};
    ptrdiff_t row = 0;
    for (; row + 2 <= s.rows; row += 2) {
      const v16 first = load16_some(x + row * s.stride, count), second = load16_some(x + (row + 1) * s.stride, count);
      multiply_add_two16(first, second, set_pairs16(1, 1), total);
    }
    if (row < s.rows) multiply_add16(load16_some(x + row * s.stride, count), set16(1), total, total);
    widened_to_natural_order(total);
    for (int k = 0; k < 2; k++) add_to_sums(s.sums + i, block_channels / 4 * k, count, total[k]);
  }
}

// The rule on a block of sums, of which `count` exist.
INLINE void requantize_block(const swl_requantize_sums *s, const block_epilogue *e, ptrdiff_t i, ptrdiff_t count) {
  const block_rule r = rule_of_channels(&s->rule, i, count, of_panels);
  v32 a[4];
  v16 w[2];
  for (int k = 0; k < 4; k++) {
    const ptrdiff_t first = block_channels / 4 * k;
    a[k] = add32(load32_some(s->sums + i + first, count - first), r.bias[k]);
  }
  scale_block(&r, a, w);
  finish_block(e, w, 0, i, count, of_panels);
}

void KERNEL(requantize_sums)(const swl_requantize_sums *s) {
  block_epilogue e;
  prepare_epilogue(&e, &s->rule, &s->epilogue);
  ptrdiff_t i = 0;
  for (; i + block_channels <= s->channels; i += block_channels) requantize_block(s, &e, i, block_channels);
  if (i < s->channels) requantize_block(s, &e, i, s->channels - i);
}
