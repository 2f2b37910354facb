// Sums over rows, and the rule on them, for blocks of channels over the width layer.

// So many int8 add up within int16.
enum { rows_of_words = 255 };

void KERNEL(sum_rows8)(const int8_t *x, ptrdiff_t stride, int32_t rows, int32_t channels, int32_t *sums) {
  for (ptrdiff_t i = 0; i < channels; i += block_channels) {
    ptrdiff_t count = channels - i;
    v32 total[4];
    for (int k = 0; k < 4; k++) {
      total[k] = load32_some(sums + i + block_channels / 4 * k, count - block_channels / 4 * k);
    }
    dwords_to_pack_order(total);
    for (ptrdiff_t first = 0; first < rows; first += rows_of_words) {
      ptrdiff_t end = rows - first < rows_of_words ? rows : first + rows_of_words;
      v16 part[2] = {set16(0), set16(0)};
      for (ptrdiff_t row = first; row < end; row++) {
        v16 w[2];
        widen8(load8_some(x + row * stride + i, count), w);
        for (int k = 0; k < 2; k++) part[k] = add16(part[k], w[k]);
      }
      for (int k = 0; k < 2; k++) multiply_add16(part[k], set16(1), total + 2 * k, total + 2 * k);
    }
    dwords_to_natural_order(total);
    for (int k = 0; k < 4; k++) {
      store32_some(sums + i + block_channels / 4 * k, total[k], count - block_channels / 4 * k);
    }
  }
}

void KERNEL(sum_rows16)(const int16_t *x, ptrdiff_t stride, int32_t rows, int32_t channels, int32_t *sums) {
  for (ptrdiff_t i = 0; i < channels; i += block_channels) {
    ptrdiff_t count = channels - i;
    v32 total[4];
    for (int k = 0; k < 4; k++) {
      total[k] = load32_some(sums + i + block_channels / 4 * k, count - block_channels / 4 * k);
    }
    dwords_to_pack_order(total);
    for (ptrdiff_t row = 0; row < rows; row++) {
      v16 w[2];
      load_words(x + row * stride + i, count, w);
      for (int k = 0; k < 2; k++) multiply_add16(w[k], set16(1), total + 2 * k, total + 2 * k);
    }
    dwords_to_natural_order(total);
    for (int k = 0; k < 4; k++) {
      store32_some(sums + i + block_channels / 4 * k, total[k], count - block_channels / 4 * k);
    }
  }
}

void KERNEL(requantize_sums)(const int32_t *sums, int32_t channels, const swl_rule *rule,
                             const swl_epilogue *epilogue) {
  block_epilogue e;
  prepare_epilogue(&e, rule, epilogue);
  for (ptrdiff_t i = 0; i < channels; i += block_channels) {
    const block_rule r = rule_of_channels(rule, i);
    v32 a[4];
    v16 w[2];
    for (int k = 0; k < 4; k++) {
      a[k] = load32_some(sums + i + block_channels / 4 * k, channels - i - block_channels / 4 * k);
    }
    dwords_to_pack_order(a);
    for (int k = 0; k < 4; k++) a[k] = add32(a[k], r.bias[k]);
    scale_block(&r, a, w);
    finish_block(&e, w, 0, i, channels - i);
  }
}
