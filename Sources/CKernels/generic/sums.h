// Sums over rows, and the rule on them, for blocks of channels over the width layer.

// A block of sums in pack order, of which `count` exist.
INLINE void load_sums(const int32_t *sums, ptrdiff_t count, v32 block[4]) {
  for (int k = 0; k < 4; k++) block[k] = load32_some(sums + block_channels / 4 * k, count - block_channels / 4 * k);
  dwords_to_pack_order(block);
}
INLINE void store_sums(int32_t *sums, ptrdiff_t count, v32 block[4]) {
  dwords_to_natural_order(block);
  for (int k = 0; k < 4; k++) store32_some(sums + block_channels / 4 * k, block[k], count - block_channels / 4 * k);
}

// So many int8 add up within int16.
enum { rows_of_words = 255 };

void KERNEL(sum_rows8)(const swl_sum_rows *s) {
  const int8_t *x = s->x;
  for (ptrdiff_t i = 0; i < s->channels; i += block_channels) {
    ptrdiff_t count = s->channels - i;
    v32 total[4];
    load_sums(s->sums + i, count, total);
    for (ptrdiff_t first = 0; first < s->rows; first += rows_of_words) {
      ptrdiff_t end = s->rows - first < rows_of_words ? s->rows : first + rows_of_words;
      v16 part[2] = {set16(0), set16(0)};
      for (ptrdiff_t row = first; row < end; row++) {
        v16 w[2];
        widen8(load8_some(x + row * s->stride + i, count), w);
        for (int k = 0; k < 2; k++) part[k] = add16(part[k], w[k]);
      }
      for (int k = 0; k < 2; k++) multiply_add16(part[k], set16(1), total + 2 * k, total + 2 * k);
    }
    store_sums(s->sums + i, count, total);
  }
}

void KERNEL(sum_rows16)(const swl_sum_rows *s) {
  const int16_t *x = s->x;
  for (ptrdiff_t i = 0; i < s->channels; i += block_channels) {
    ptrdiff_t count = s->channels - i;
    v32 total[4];
    load_sums(s->sums + i, count, total);
    for (ptrdiff_t row = 0; row < s->rows; row++) {
      v16 w[2];
      load_words(x + row * s->stride + i, count, w);
      for (int k = 0; k < 2; k++) multiply_add16(w[k], set16(1), total + 2 * k, total + 2 * k);
    }
    store_sums(s->sums + i, count, total);
  }
}

void KERNEL(requantize_sums)(const swl_requantize_sums *s) {
  block_epilogue e;
  prepare_epilogue(&e, &s->rule, &s->epilogue);
  for (ptrdiff_t i = 0; i < s->channels; i += block_channels) {
    const block_rule r = rule_of_channels(&s->rule, i);
    v32 a[4];
    v16 w[2];
    load_sums(s->sums + i, s->channels - i, a);
    for (int k = 0; k < 4; k++) a[k] = add32(a[k], r.bias[k]);
    scale_block(&r, a, w);
    finish_block(&e, w, 0, i, s->channels - i);
  }
}
