// Panels of attention's keys and values over the width layer.

enum { lanes = block_channels / 16 };

// A vector of row j from its value c on; zeros behind the last row and the last value.
INLINE v8 row_vector(const swl_pack *p, ptrdiff_t j, ptrdiff_t c) {
  if (j >= p->count) return set8(0);
  return first8(load8(p->rows + (p->index ? p->index[j] : j) * p->stride + c), p->channels - c);
}

// Four rows of a panel at a time: a vector of values of each, transposed.
void KERNEL(pack_rows)(const swl_pack *arguments) {
  const swl_pack p = *arguments;
  const ptrdiff_t groups = (p.channels + 3) / 4;
  for (ptrdiff_t first = 0; first < (p.count + 15) / 16 * 16; first += 4) {
    int8_t *out = p.panels + first / 16 * groups * 64 + first % 16 * 4;
    for (ptrdiff_t k = 0; k < p.channels; k += block_channels) {
      v8 v[4];
      for (int i = 0; i < 4; i++) v[i] = row_vector(&p, first + i, k);
      transpose_fours(v);
      UNROLL for (int lane = 0; lane < lanes; lane++) {
        const ptrdiff_t group = k / 4 + 4 * lane;
        for (int i = 0; i < 4 && group + i < groups; i++) store_lane(out + (group + i) * 64, v[i], lane);
      }
    }
  }
}

// Four rows of a block's channels at a time.
void KERNEL(pack_columns)(const swl_pack *arguments) {
  enum { panel_registers = 64 / sizeof(v8) };
  const swl_pack p = *arguments;
  const ptrdiff_t groups = (p.count + 3) / 4;
  for (ptrdiff_t group = 0; group < groups; group++) {
    for (ptrdiff_t channel = 0; channel < p.channels; channel += block_channels) {
      v8 v[4];
      v32 natural[4];
      for (int i = 0; i < 4; i++) v[i] = row_vector(&p, 4 * group + i, channel);
      interleave_bytes(v);
      for (int i = 0; i < 4; i++) natural[i] = dwords_of(v[i]);
      dwords_to_natural_order(natural, of_lanes);
      UNROLL for (int i = 0; i < 4; i++) {
        const ptrdiff_t panel = channel / 16 + i / panel_registers;
        if (16 * panel >= p.channels) break;
        int8_t *out = p.panels + (panel * groups + group) * 64 + i % panel_registers * (int)sizeof(v8);
        store8(out, bytes_of(natural[i]));
      }
    }
  }
}
