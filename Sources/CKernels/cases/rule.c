// What the rule and the epilogue of many kernels need.
#include "swiftlet_cases.h"

// A multiplier is often at an end of its range, sometimes negative, and now and then smaller than a scale's, or 0.
static const int16_t *multipliers(swl_example *e, ptrdiff_t entries) {
  int16_t *p = swl_input(e, 2 * entries, 0);
  for (ptrdiff_t i = 0; i < entries; i++) {
    int64_t magnitude = swl_any(e, 1, 4) > 1 ? swl_any(e, 1 << 14, 32767) : swl_any(e, 0, 1) ? 1 << 14 : 32767;
    if (swl_any(e, 1, 16) == 1) magnitude = swl_any(e, 0, 1) ? 0 : swl_any(e, 1, 1 << 14);
    p[i] = (int16_t)(swl_any(e, 1, 4) > 1 ? magnitude : -magnitude);
  }
  return p;
}

swl_rule swl_any_rule(swl_example *e, ptrdiff_t entries) {
  const int32_t limit = (int32_t)((1u << (e->shape ? 12 : swl_any(e, 1, 31))) - 1);
  const int any_shift = swl_chance(e, "any_shift", 2), narrow = swl_chance(e, "narrow", 3);
  const int32_t low = narrow ? (int32_t)swl_any(e, -128, 127) : -128;
  return (swl_rule){
      .bias = swl_values(e, 4, entries, -limit, limit, 0),
      .multiplier = multipliers(e, entries),
      .shift = swl_values(e, 1, entries, any_shift ? -8 : 4, any_shift ? 24 : 9, 0),
      .zero_point = (int32_t)swl_any(e, -128, 127),
      .low = low,
      .high = narrow ? (int32_t)swl_any(e, low, 127) : 127,
  };
}

swl_epilogue swl_any_epilogue(swl_example *e, ptrdiff_t rows, ptrdiff_t columns) {
  const int is_int16 = swl_chance(e, "int16", 3), size = 1 + is_int16;
  const int has_residual = swl_chance(e, "residual", 3), in_place = has_residual && swl_chance(e, "in_place", 3);
  const ptrdiff_t stride = columns + swl_pick(e, "out_spare", 0, 20);
  const ptrdiff_t slack = is_int16 ? 0 : swl_slack;
  swl_epilogue epilogue = {
      .out = swl_output(e, size, rows, stride, columns, in_place ? slack : 0),
      .out_stride = stride,
      .out_is_int16 = is_int16,
      .table = !is_int16 && swl_chance(e, "table", 3) ? swl_values(e, 1, 256, -128, 127, 0) : NULL,
      .residual_zero_point = (int32_t)swl_any(e, -128, 127),
      .residual_multiplier = (int32_t)(swl_any(e, 0, 3) ? swl_any(e, 0, 1 << 14) : swl_any(e, -32767, 32767)),
  };
  if (in_place) {
    epilogue.residual = epilogue.out;
    epilogue.residual_stride = stride;
  } else if (has_residual) {
    epilogue.residual_stride = columns + swl_pick(e, "residual_spare", 0, 20);
    const ptrdiff_t count = (rows - 1) * epilogue.residual_stride + columns;
    const int64_t limit = is_int16 ? 1 << 15 : 1 << 7;
    epilogue.residual = swl_values(e, size, count, -limit, limit - 1, slack);
  }
  return epilogue;
}
