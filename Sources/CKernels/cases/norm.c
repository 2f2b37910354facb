#include "swiftlet_cases.h"

// int16 rows to int8: rows, channels, and values of any magnitude.
typedef struct {
  ptrdiff_t rows, channels, stride, out_stride;
  const int16_t *x;
  int8_t *out;
} region;

static region any_region(swl_example *e) {
  region r = {.rows = swl_size(e, "rows", 5, 40), .channels = swl_size(e, "channels", 100, swl_any(e, 1, 8) > 1 ? 700 : 3000)};
  const int64_t limit = 1 << (e->shape ? 12 : swl_pick(e, "bits", 1, 15));
  r.stride = r.channels + swl_pick(e, "spare", 0, 20);
  r.out_stride = r.channels + swl_pick(e, "out_spare", 0, 20);
  r.x = swl_values(e, 2, (r.rows - 1) * r.stride + r.channels, -limit, limit - 1, 0);
  r.out = swl_output(e, 1, r.rows, r.out_stride, r.channels, 0);
  return r;
}

static void fill_layer_norm(swl_example *e, void *arguments) {
  const region r = any_region(e);
  *(swl_layer_norm *)arguments = (swl_layer_norm){
      .x = r.x,
      .x_stride = r.stride,
      .rows = (int32_t)r.rows,
      .channels = (int32_t)r.channels,
      .epsilon = swl_any(e, 0, 3) ? (uint64_t)swl_any(e, 1, 1ll << 62) >> swl_any(e, 0, 61) : 1,
      .mantissa = (int32_t)swl_any(e, 1 << 30, INT32_MAX),
      .exponent = (int32_t)swl_any(e, -40, 0),
      .rule = swl_any_rule(e, (r.channels + 15) / 16 * 16),
      .out = r.out,
      .out_stride = r.out_stride,
  };
}

static void fill_requantize(swl_example *e, void *arguments) {
  const region r = any_region(e);
  *(swl_requantize *)arguments = (swl_requantize){
      .x = r.x,
      .x_stride = r.stride,
      .rows = (int32_t)r.rows,
      .channels = (int32_t)r.channels,
      .rule = swl_any_rule(e, (r.channels + 15) / 16 * 16),
      .out = r.out,
      .out_stride = r.out_stride,
  };
}

SWL_CASES(layer_norm, fill_layer_norm, NULL, "rows=197 channels=192", "rows=49 channels=768", "rows=784 channels=96")
SWL_CASES(requantize, fill_requantize, NULL, "rows=197 channels=192", "rows=784 channels=96")
