#pragma once
#include <stddef.h>
#include <stdint.h>

// out[i] = table[in[i] + 128] for i < count.
typedef struct {
  const int8_t *in;
  const int8_t *table;
  int8_t *out;
  ptrdiff_t count;
} swl_lookup;
