#pragma once
#include <stddef.h>
#include <stdint.h>

// Panels of `count` rows of `channels` values: row j is rows[index[j] * stride] (index NULL: rows[j * stride]).
//
// K panels, by pack_rows: panels[j / 16][c / 4][j % 16][c % 4] = row j's value c; zeros up to the next multiple of 16
// rows and of 4 values.
// V panels, by pack_columns: panels[c / 16][j / 4][c % 16][j % 4], zeros likewise up to 16 values and 4 rows.
typedef struct {
  const int8_t *rows;
  ptrdiff_t stride;
  const int32_t *index;  // or NULL
  int32_t count;
  int32_t channels;
  int8_t *panels;
} swl_pack;
