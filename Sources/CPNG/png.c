#include "swiftlet_png.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

struct swl_png {
  png_structp png;
  png_infop info;
  jmp_buf failed;
  const uint8_t *next;
  size_t left;
  char message[128];
};

static void fail(png_structp png, png_const_charp message) {
  swl_png *image = png_get_error_ptr(png);
  snprintf(image->message, sizeof image->message, "%s", message);
  longjmp(image->failed, 1);
}

static void stay_silent(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
  swl_png *image = png_get_io_ptr(png);
  if (count > image->left) png_error(png, "truncated");
  memcpy(bytes, image->next, count);
  image->next += count;
  image->left -= count;
}

swl_png *swl_png_create(void) {
  swl_png *image = calloc(1, sizeof *image);
  if (!image) return NULL;
  // Without memory it calls no function that leaves by longjmp.
  image->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image, fail, stay_silent);
  image->info = image->png ? png_create_info_struct(image->png) : NULL;
  if (image->info) return image;
  swl_png_destroy(image);
  return NULL;
}

void swl_png_destroy(swl_png *image) {
  png_destroy_read_struct(&image->png, &image->info, NULL);
  free(image);
}

const char *swl_png_message(const swl_png *image) { return image->message; }

int32_t swl_png_open(swl_png *image, const uint8_t *bytes, size_t count, int64_t limit, swl_png_shape *shape) {
  png_structp png = image->png;
  png_infop info = image->info;
  if (setjmp(image->failed)) return -1;
  image->next = bytes;
  image->left = count;
  png_set_read_fn(png, image, read_bytes);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  // What says nothing of the pixels is not even unpacked.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  const int type = png_get_color_type(png, info);
  memset(shape, 0, sizeof *shape);
  shape->width = (int32_t)png_get_image_width(png, info);
  shape->height = (int32_t)png_get_image_height(png, info);
  shape->bytes = 1;
  // From here on there is memory for rows.
  if ((int64_t)shape->width * shape->height > limit) return 0;
  if (type == PNG_COLOR_TYPE_PALETTE) {
    png_colorp colours;
    int colour_count = 0;
    png_get_PLTE(png, info, &colours, &colour_count);
    for (int i = 0; i < colour_count; i++) {
      const uint8_t colour[] = {colours[i].red, colours[i].green, colours[i].blue};
      memcpy(shape->palette[i], colour, sizeof colour);
    }
    shape->has_palette = 1;
    png_set_packing(png);
  } else if (type == PNG_COLOR_TYPE_GRAY) {
    png_set_expand_gray_1_2_4_to_8(png);
  } else {
    png_set_strip_16(png);
    png_set_strip_alpha(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  shape->bytes = (int32_t)(png_get_rowbytes(png, info) / (size_t)shape->width);
  return 0;
}

int32_t swl_png_read(swl_png *image, uint8_t *pixels) {
  png_structp png = image->png;
  if (setjmp(image->failed)) return -1;
  const size_t stride = png_get_rowbytes(png, image->info);
  const int passes = png_get_interlace_type(png, image->info) == PNG_INTERLACE_NONE ? 1 : PNG_INTERLACE_ADAM7_PASSES;
  for (int pass = 0; pass < passes; pass++) {
    for (size_t row = 0; row < png_get_image_height(png, image->info); row++) png_read_row(png, pixels + row * stride, NULL);
  }
  return 0;
}
