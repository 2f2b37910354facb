// The unnormalised softmax over the width layer.

// The last vector overlaps the one before.
INLINE v16 row_maximum(const int16_t *logits, ptrdiff_t columns) {
  enum { words = block_channels / 2 };
  const v16 least = set16(INT16_MIN);
  if (columns < words) return largest16(first16(load16_some(logits, columns), least, columns));
  v16 best[2] = {load16(logits + columns - words), least};
  ptrdiff_t i = 0;
  for (; i + 2 * words <= columns; i += 2 * words) {
    for (int k = 0; k < 2; k++) best[k] = maximum16(best[k], load16(logits + i + words * k));
  }
  if (i + words <= columns) best[1] = maximum16(best[1], load16(logits + i));
  return largest16(maximum16(best[0], best[1]));
}

// Stores a block of exponentials, of which `count` are kept, as one plane or two; returns sums and the exponentials.
INLINE v32 store_planes(int8_t *high, int8_t *low, v16 e[2], ptrdiff_t count, const int planes, v32 sums) {
  for (int k = 0; k < 2; k++) sums = add_pairs16(sums, e[k]);
  v8 bytes = low_bytes(e);
  if (planes == 2) {
    bytes = and8(bytes, set8(127));
    for (int k = 0; k < 2; k++) e[k] = shift_right16(e[k], 7);
    store8_some(high, low_bytes(e), count);
  }
  store8_some(low, bytes, count);
  return sums;
}

INLINE void exponentiate_row(const swl_softmax *s, const exponential_table *table, ptrdiff_t row, const int planes) {
  enum { words = block_channels / 2 };
  const int16_t *logits = s->logits + row * s->logits_stride;
  int8_t *low = s->low + row * s->plane_stride;
  int8_t *high = planes == 2 ? s->high + row * s->plane_stride : low;
  const v16 maximum = row_maximum(logits, s->columns);
  v32 sums = set32(0);
  ptrdiff_t i = 0;
  for (; i + block_channels <= s->columns; i += block_channels) {
    v16 d[2], e[2];
    for (int k = 0; k < 2; k++) d[k] = subtract16(maximum, load16(logits + i + words * k));
    exponentials(table, d, e);
    sums = store_planes(high + i, low + i, e, block_channels, planes, sums);
  }
  for (; i < s->padded_columns; i += block_channels) {
    v16 d[2], e[2];
    const ptrdiff_t columns = s->columns - i;
    for (int k = 0; k < 2; k++) d[k] = subtract16(maximum, load16_some(logits + i + words * k, columns - words * k));
    exponentials(table, d, e);
    for (int k = 0; k < 2; k++) e[k] = first16(e[k], set16(0), columns - words * k);
    sums = store_planes(high + i, low + i, e, s->padded_columns - i, planes, sums);
  }
  s->sums[row] = wrapped_total32(sums);
}

void KERNEL(softmax)(const swl_softmax *arguments) {
  const swl_softmax s = *arguments;
  const exponential_table table = load_exponentials(s.table);
  if (s.high) {
    for (ptrdiff_t row = 0; row < s.rows; row++) exponentiate_row(&s, &table, row, 2);
  } else {
    for (ptrdiff_t row = 0; row < s.rows; row++) exponentiate_row(&s, &table, row, 1);
  }
}
