#pragma once
#include "rule.h"

// out[rows][columns] = epilogue(rule(a x b)).
//
// a: [rows][depth] int8, rows a_stride apart. With a_low, of the same shape and within 0...127, the operand has two
// planes: a * 128 + a_low.
// b: int8 panels [columns / 16][depth / 4][16][4] within -127...127, panels b_panel_stride bytes apart (at least
// 16 * depth).
// depth is a multiple of 4; columns need not be a multiple of 16, but the last panel is whole.
// With rule_per_row the rule's arrays are indexed by row (one entry a row, no padding), not by column.
typedef struct {
  const int8_t *a;
  const int8_t *a_low;  // or NULL
  ptrdiff_t a_stride;
  int32_t rows;
  int32_t depth;
  const int8_t *b;
  ptrdiff_t b_panel_stride;
  int32_t columns;
  const void *prepared;     // what the set's prepare_gemm wrote for these panels, or for more of them; or NULL
  int32_t prepared_column;  // the first column's place among those
  int32_t rule_per_row;
  swl_rule rule;
  swl_epilogue epilogue;
} swl_gemm;
