#include "swiftlet_cases.h"

static void fill(swl_example *e, void *arguments) {
  swl_max_pool *p = arguments;
  p->kernel_height = swl_pick(e, "kernel", 1, 4);
  p->kernel_width = e->shape ? p->kernel_height : swl_pick(e, "kernel_width", 1, 4);
  p->stride_y = swl_pick(e, "stride", 1, 3);
  p->stride_x = e->shape ? p->stride_y : swl_pick(e, "stride_x", 1, 3);
  p->dilation_y = swl_size(e, "dilation_y", 2, 5);
  p->dilation_x = swl_size(e, "dilation_x", 2, 5);
  p->input_height = swl_size(e, "input", 8, 20);
  p->input_width = e->shape ? p->input_height : swl_size(e, "input_width", 8, 20);
  p->pad_top = swl_pick(e, "pad", 0, (p->kernel_height - 1) * p->dilation_y);
  p->pad_left = e->shape ? p->pad_top : swl_pick(e, "pad_left", 0, (p->kernel_width - 1) * p->dilation_x);
  p->first_row = swl_pick(e, "first_row", 0, 3);
  p->rows = swl_pick(e, "rows", 1, 4);
  p->width = swl_size(e, "width", 8, 20);
  p->channels = swl_size(e, "channels", 70, 200);
  p->pixel_stride = p->channels + swl_pick(e, "spare", 0, 20);
  const ptrdiff_t pixels = (ptrdiff_t)p->input_height * p->input_width;
  p->map = swl_values(e, 1, (pixels - 1) * p->pixel_stride + p->channels, -128, 127, swl_slack);
  p->out_stride = p->channels + swl_pick(e, "apart", 0, 20);
  p->out = swl_output(e, 1, (ptrdiff_t)p->rows * p->width, p->out_stride, p->channels, 0);
}

SWL_CASES(max_pool, fill, NULL, "kernel=3 stride=2 pad=1 input=112 rows=56 width=56 channels=64",
          "kernel=2 stride=2 input=32 rows=16 width=16 channels=64", "kernel=3 stride=1 pad=1 input=14 rows=14 width=14 channels=192")
