// Copies by an index map over the width layer.

INLINE const int8_t *source_of(const swl_gather *g, ptrdiff_t run) {
  const int8_t *source = g->sources[g->source_of_run ? g->source_of_run[run] : 0];
  return source + (ptrdiff_t)g->offsets[run] * g->element_size;
}

// Runs of so many bytes.
INLINE void gather_elements(const swl_gather *g, const size_t bytes) {
  int8_t *out = g->out;
  for (ptrdiff_t run = 0; run < g->runs; run++, out += bytes) memcpy(out, source_of(g, run), bytes);
}

// The last vector of a run overlaps the one before.
static void gather_vectors(const swl_gather *g) {
  const ptrdiff_t bytes = g->run_bytes, last = bytes - block_channels;
  int8_t *out = g->out;
  for (ptrdiff_t run = 0; run < g->runs; run++, out += bytes) {
    const int8_t *source = source_of(g, run);
    for (ptrdiff_t i = 0; i < last; i += block_channels) store8(out + i, load8(source + i));
    store8(out + last, load8(source + last));
  }
}

static void gather_parts(const swl_gather *g) {
  const ptrdiff_t bytes = g->run_bytes;
  int8_t *out = g->out;
  for (ptrdiff_t run = 0; run < g->runs; run++, out += bytes) store8_some(out, load8(source_of(g, run)), bytes);
}

void KERNEL(gather)(const swl_gather *arguments) {
  const swl_gather g = *arguments;
  switch (g.run_bytes) {
    case 1: return gather_elements(&g, 1);
    case 2: return gather_elements(&g, 2);
    case 4: return gather_elements(&g, 4);
    case 8: return gather_elements(&g, 8);
    case 16: return gather_elements(&g, 16);
    default: return g.run_bytes < block_channels ? gather_parts(&g) : gather_vectors(&g);
  }
}
