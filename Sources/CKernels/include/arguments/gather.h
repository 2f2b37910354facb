#pragma once
#include <stddef.h>
#include <stdint.h>

// Runs of bytes copied to where an index map says: out[run][i] = the source of the run at offsets[run] * element_size + i, for
// i < run_bytes; that source is sources[source_of_run[run]] (source_of_run NULL: sources[0]). May read up to 64 bytes behind a
// run.
typedef struct {
  const void *const *sources;
  const int32_t *source_of_run;  // or NULL
  const int32_t *offsets;
  int32_t element_size;
  ptrdiff_t run_bytes;
  ptrdiff_t runs;
  void *out;
} swl_gather;
