// Decoding of JPEG images by libjpeg-turbo. None of its types show here, and no longjmp leaves a function.
#ifndef SWIFTLET_JPEG_H
#define SWIFTLET_JPEG_H

#include <stddef.h>
#include <stdint.h>

// A decoder for image after image, one thread at a time.
typedef struct swl_jpeg swl_jpeg;

typedef struct {
  int32_t width;
  int32_t height;
  int32_t channels;  // 1: grey; 3: RGB; 4: CMYK as the file has it, by Adobe's convention 255 - ink
} swl_jpeg_shape;

// NULL where there is no memory for it.
swl_jpeg *swl_jpeg_create(void);
void swl_jpeg_destroy(swl_jpeg *);

// Reads an image's header; `bytes` must stay valid until the pixels are read. Returns 0, or -1 where the image is
// refused.
int32_t swl_jpeg_open(swl_jpeg *, const uint8_t *bytes, size_t count, swl_jpeg_shape *shape);

// Has the image that was opened read for a stream, reduced while it is decoded: by the largest of 1, 2, 4 and 8 that leaves
// the shorter side at least `shorter_side` long, into one channel where `grey` asks for it or the image has one, else into
// RGB where the image is stored so, else into YCbCr. `shape` becomes the reduced one, each side rounded
// up by so many halvings. Its end marker may be missing. Returns 0, or -1 where the image is
// refused.
int32_t swl_jpeg_reduce(swl_jpeg *, int32_t shorter_side, int32_t grey, swl_jpeg_shape *shape, int32_t *is_ycc,
                        int32_t *halvings);

// Whether the library mended damaged data of the image read last; bytes too many, as some cameras write them, are none.
int32_t swl_jpeg_is_damaged(const swl_jpeg *);

// Reads the pixels of the image that was opened, [height][width][channels]. Returns 0, or -1 where the image is refused.
//
// Accepts what Pillow accepts: all rows must be there, the end of the file need not, and the library mends what it can
// of damaged data.
int32_t swl_jpeg_read(swl_jpeg *, uint8_t *pixels);

// Why an image was refused, on one line.
const char *swl_jpeg_message(const swl_jpeg *);

#endif
