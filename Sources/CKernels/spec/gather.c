// Copies by an index map.
#include <string.h>

#include "../sets.h"

void swl_scalar_gather(const swl_gather *g) {
  for (ptrdiff_t run = 0; run < g->runs; run++) {
    const char *source = g->sources[g->source_of_run ? g->source_of_run[run] : 0];
    memcpy((char *)g->out + run * g->run_bytes, source + (ptrdiff_t)g->offsets[run] * g->element_size, (size_t)g->run_bytes);
  }
}
