#include "swiftlet_cases.h"

// Two operands of one shape, or a second one of one row; the output may be either, or both.
typedef struct {
  ptrdiff_t rows, channels, a_stride, b_stride, out_stride;
  const void *a, *b;
  void *out;
} pair;

static pair any_pair(swl_example *e, int size) {
  pair p = {.rows = swl_size(e, "rows", 6, 6), .channels = swl_size(e, "channels", 100, 300)};
  const int64_t limit = size == 1 ? 1 << 7 : 1 << 15;
  const ptrdiff_t slack = size == 1 ? swl_slack : 0;
  const int in_place = swl_chance(e, "in_place", 4), in_second_place = swl_chance(e, "in_second_place", 4);
  p.out_stride = p.channels + swl_pick(e, "out_spare", 0, 20);
  p.a_stride = in_place ? p.out_stride : p.channels + swl_pick(e, "a_spare", 0, 20);
  p.b_stride = swl_chance(e, "one_row", 3) ? 0 : p.channels + swl_pick(e, "b_spare", 0, 20);
  if (in_second_place) p.b_stride = p.out_stride;
  p.out = swl_output(e, size, p.rows, p.out_stride, p.channels, in_place || in_second_place ? slack : 0);
  const ptrdiff_t a_count = (p.rows - 1) * p.a_stride + p.channels, b_count = (p.rows - 1) * p.b_stride + p.channels;
  p.a = in_place ? p.out : swl_values(e, size, a_count, -limit, limit - 1, slack);
  p.b = in_second_place ? p.out : swl_values(e, size, b_count, -limit, limit - 1, slack);
  return p;
}

static int32_t any8(swl_example *e) { return (int32_t)swl_any(e, -128, 127); }

static void fill_add(swl_example *e, void *arguments) {
  const int is_int16 = swl_chance(e, "int16", 2);
  const pair p = any_pair(e, 1 + is_int16);
  const int32_t limit = swl_chance(e, "any_multiplier", 4) ? 32767 : 1 << 14;
  *(swl_add *)arguments = (swl_add){
      .a = p.a,
      .b = p.b,
      .a_stride = p.a_stride,
      .b_stride = p.b_stride,
      .rows = (int32_t)p.rows,
      .channels = (int32_t)p.channels,
      .is_int16 = is_int16,
      .a_zero_point = any8(e),
      .a_multiplier = (int32_t)swl_any(e, -limit, limit),
      .b_zero_point = any8(e),
      .b_multiplier = (int32_t)swl_any(e, -limit, limit),
      .zero_point = any8(e),
      .low = (int32_t)swl_any(e, -128, 0),
      .high = (int32_t)swl_any(e, 0, 127),
      .out = p.out,
      .out_stride = p.out_stride,
  };
}

static void fill_multiply(swl_example *e, void *arguments) {
  const pair p = any_pair(e, 1);
  const swl_rule rule = swl_any_rule(e, 1);
  *(swl_multiply *)arguments = (swl_multiply){
      .a = p.a,
      .b = p.b,
      .a_stride = p.a_stride,
      .b_stride = p.b_stride,
      .rows = (int32_t)p.rows,
      .channels = (int32_t)p.channels,
      .a_zero_point = any8(e),
      .b_zero_point = any8(e),
      .bias = rule.bias[0],
      .multiplier = rule.multiplier[0],
      .shift = rule.shift[0],
      .zero_point = rule.zero_point,
      .low = rule.low,
      .high = rule.high,
      .out = p.out,
      .out_stride = p.out_stride,
  };
}

static void fill_lookup(swl_example *e, void *arguments) {
  const ptrdiff_t count = swl_size(e, "count", 300, 3000);
  const int in_place = swl_chance(e, "in_place", 4);
  swl_lookup *l = arguments;
  *l = (swl_lookup){
      .table = swl_values(e, 1, 256, -128, 127, 0),
      .out = swl_output(e, 1, 1, count, count, in_place ? swl_slack : 0),
      .count = count,
  };
  l->in = in_place ? l->out : swl_values(e, 1, count, -128, 127, swl_slack);
}

SWL_CASES(add, fill_add, NULL, "rows=196 channels=192", "rows=196 channels=192 int16=1", "rows=784 channels=96 one_row=1")
SWL_CASES(multiply, fill_multiply, NULL, "rows=196 channels=192", "rows=784 channels=96 one_row=1")
SWL_CASES(lookup, fill_lookup, NULL, "count=37632")
