// Decoding of PNG images by libpng. None of its types show here, and no longjmp leaves a function.
#ifndef SWIFTLET_PNG_H
#define SWIFTLET_PNG_H

#include <stddef.h>
#include <stdint.h>

// A decoder for one image.
typedef struct swl_png swl_png;

typedef struct {
  int32_t width;
  int32_t height;
  // Of a pixel. 1: grey, or an index where there is a palette; 2: grey of 16 bits, the high byte first; 3: RGB, of 16 bits the
  // high bytes. Alpha and transparency are left out.
  int32_t bytes;
  int32_t has_palette;
  uint8_t palette[256][3];  // black behind its end
} swl_png_shape;

// NULL where there is no memory for it.
swl_png *swl_png_create(void);
void swl_png_destroy(swl_png *);

// Reads the header; `bytes` must stay valid until the pixels are read. Returns 0, or -1 where the image is refused. Of an image
// of more than `limit` pixels only the size is found out, and the pixels cannot be read.
int32_t swl_png_open(swl_png *, const uint8_t *bytes, size_t count, int64_t limit, swl_png_shape *shape);

// Reads the pixels of the image that was opened, [height][width][bytes]. Returns 0, or -1 where the image is refused. What
// follows the pixels need not be there.
int32_t swl_png_read(swl_png *, uint8_t *pixels);

// Why an image was refused, on one line.
const char *swl_png_message(const swl_png *);

#endif
