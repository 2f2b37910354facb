// Panels of attention's keys and values, for blocks over the width layer.

// Four rows of a panel at a time: a vector of depth of each, transposed.
void KERNEL(pack_rows)(const int8_t *rows, ptrdiff_t stride, const int32_t *index, int32_t count, int32_t depth,
                       int8_t *panels) {
  const ptrdiff_t groups = (depth + 3) / 4;
  for (ptrdiff_t first = 0; first < (count + 15) / 16 * 16; first += 4) {
    int8_t *out = panels + first / 16 * groups * 64 + first % 16 * 4;
    for (ptrdiff_t k = 0; k < depth; k += 16) {
      v8 v[4];
      for (int i = 0; i < 4; i++) {
        const ptrdiff_t j = first + i;
        v[i] = j < count ? first8(load8(rows + (index ? index[j] : j) * stride + k), depth - k) : set8(0);
      }
      transpose_fours(v);
      for (int i = 0; i < 4 && k / 4 + i < groups; i++) store8(out + (k / 4 + i) * 64, v[i]);
    }
  }
}

void KERNEL(pack_columns)(const int8_t *rows, ptrdiff_t stride, const int32_t *index, int32_t count, int32_t channels,
                          int8_t *panels) {
  const ptrdiff_t groups = (count + 3) / 4;
  for (ptrdiff_t group = 0; group < groups; group++) {
    const int8_t *four[4];
    for (int i = 0; i < 4; i++) {
      const ptrdiff_t j = 4 * group + i;
      four[i] = j < count ? rows + (index ? index[j] : j) * stride : NULL;
    }
    for (ptrdiff_t channel = 0; channel < channels; channel += 16) {
      v8 v[4];
      for (int i = 0; i < 4; i++) v[i] = four[i] ? first8(load8(four[i] + channel), channels - channel) : set8(0);
      interleave_bytes(v);
      int8_t *out = panels + (channel / 16 * groups + group) * 64;
      for (int i = 0; i < 4; i++) store8(out + 16 * i, v[i]);
    }
  }
}
