// Panels of attention's keys and values, for blocks over the width layer.

// A vector of row j from its value c on; zeros behind the last row.
INLINE v8 row_vector(const swl_pack *p, ptrdiff_t j, ptrdiff_t c) {
  if (j >= p->count) return set8(0);
  return first8(load8(p->rows + (p->index ? p->index[j] : j) * p->stride + c), p->channels - c);
}

// Four rows of a panel at a time: a vector of depth of each, transposed.
void KERNEL(pack_rows)(const swl_pack *p) {
  const ptrdiff_t groups = (p->channels + 3) / 4;
  for (ptrdiff_t first = 0; first < (p->count + 15) / 16 * 16; first += 4) {
    int8_t *out = p->panels + first / 16 * groups * 64 + first % 16 * 4;
    for (ptrdiff_t k = 0; k < p->channels; k += 16) {
      v8 v[4];
      for (int i = 0; i < 4; i++) v[i] = row_vector(p, first + i, k);
      transpose_fours(v);
      for (int i = 0; i < 4 && k / 4 + i < groups; i++) store8(out + (k / 4 + i) * 64, v[i]);
    }
  }
}

void KERNEL(pack_columns)(const swl_pack *p) {
  const ptrdiff_t groups = (p->count + 3) / 4;
  for (ptrdiff_t group = 0; group < groups; group++) {
    for (ptrdiff_t channel = 0; channel < p->channels; channel += 16) {
      v8 v[4];
      for (int i = 0; i < 4; i++) v[i] = row_vector(p, 4 * group + i, channel);
      interleave_bytes(v);
      int8_t *out = p->panels + (channel / 16 * groups + group) * 64;
      for (int i = 0; i < 4; i++) store8(out + 16 * i, v[i]);
    }
  }
}
