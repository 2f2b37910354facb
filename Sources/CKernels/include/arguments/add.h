#pragma once
#include <stddef.h>
#include <stdint.h>

// An element-wise sum. int16: satadd16(a, b), one scale for all. int8: each input v as
// rdmulh16((v - zero_point) << 7, multiplier), added with satadd16, then + 64 * zero_point + 32, >> 6, clamp.
// b_stride 0 broadcasts one row.
typedef struct {
  const void *a;
  const void *b;
  ptrdiff_t a_stride;
  ptrdiff_t b_stride;
  int32_t rows;
  int32_t channels;
  int32_t is_int16;
  int32_t a_zero_point;
  int32_t a_multiplier;
  int32_t b_zero_point;
  int32_t b_multiplier;
  int32_t zero_point;
  int32_t low;
  int32_t high;
  void *out;
  ptrdiff_t out_stride;
} swl_add;
