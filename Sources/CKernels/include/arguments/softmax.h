#pragma once
#include <stddef.h>
#include <stdint.h>

// The unnormalised softmax of rows of int16 logits whose step is ln 2 / 64:
//
//   d = max - s (unsigned 16 bits);  k = min(d >> 6, 15);  e = (table[d & 63] + ((1 << k) >> 1)) >> k
//
// Table entries are at most 2^14 - 1, and a row has at most 2^17 columns. high and low receive e >> 7 and e & 127; with
// high == NULL every table entry is at most 127 and low receives e.
// Entries from columns to padded_columns are written as 0. sums[row] is the row's sum of e.
typedef struct {
  const int16_t *logits;
  ptrdiff_t logits_stride;
  int32_t rows;
  int32_t columns;
  int32_t padded_columns;
  const uint16_t *table;
  int8_t *high;
  int8_t *low;
  ptrdiff_t plane_stride;
  uint32_t *sums;
} swl_softmax;
