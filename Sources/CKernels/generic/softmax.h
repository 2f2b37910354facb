// The unnormalised softmax over the width layer.

INLINE int32_t row_maximum(const int16_t *logits, ptrdiff_t columns) {
  v16 best = set16(INT16_MIN);
  ptrdiff_t i = 0;
  for (; i + block_channels / 2 <= columns; i += block_channels / 2) best = maximum16(best, load16(logits + i));
  int32_t maximum = largest16(best);
  for (; i < columns; i++) maximum = logits[i] > maximum ? logits[i] : maximum;
  return maximum;
}

// A block of exponentials, of which `columns` exist; the others are zero.
INLINE void exponentials(const table64 *table, v16 maximum, const int16_t *logits, ptrdiff_t columns, v16 e[2]) {
  v16 d[2], entries[2];
  for (int k = 0; k < 2; k++) {
    const ptrdiff_t first = block_channels / 2 * k;
    d[k] = subtract16(maximum, load16_some(logits + first, columns - first));
  }
  look_up64(table, d, entries);
  for (int k = 0; k < 2; k++) {
    e[k] = shift_right_rounding_by_64ths(entries[k], d[k]);
    if (columns < block_channels) e[k] = first16(e[k], columns - block_channels / 2 * k);
  }
}

INLINE void exponentiate_row(const swl_softmax *s, const table64 *table, ptrdiff_t row, const int planes) {
  const int16_t *logits = s->logits + row * s->logits_stride;
  int8_t *low = s->low + row * s->plane_stride;
  const v16 maximum = set16(row_maximum(logits, s->columns));
  v32 sums = set32(0);
  for (ptrdiff_t i = 0; i < s->padded_columns; i += block_channels) {
    v16 e[2];
    exponentials(table, maximum, logits + i, s->columns - i, e);
    for (int k = 0; k < 2; k++) sums = add_pairs16(sums, e[k]);
    v8 bytes = low_bytes(e);
    if (planes == 2) {
      for (int k = 0; k < 2; k++) e[k] = shift_right16(e[k], 7);
      store8_some(s->high + row * s->plane_stride + i, low_bytes(e), s->padded_columns - i);
      bytes = and8(bytes, set8(127));
    }
    store8_some(low + i, bytes, s->padded_columns - i);
  }
  s->sums[row] = (uint32_t)total32(sums);
}

void KERNEL(softmax)(const swl_softmax *s) {
  const table64 table = load_table64(s->table);
  if (s->high) {
    for (ptrdiff_t row = 0; row < s->rows; row++) exponentiate_row(s, &table, row, 2);
  } else {
    for (ptrdiff_t row = 0; row < s->rows; row++) exponentiate_row(s, &table, row, 1);
  }
}
