#include "swiftlet_jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

#ifndef LIBJPEG_TURBO_VERSION
#error "libjpeg-turbo is needed (Debian: libjpeg-dev)"
#endif

// More scans than an encoder writes: each may cost the time of the whole image for a few bytes.
enum { SCAN_LIMIT = 500 };

struct swl_jpeg {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr error;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  int32_t is_damaged;
  int32_t lends_end;  // whether a file that ends without its end marker is given one
  char message[JMSG_LENGTH_MAX];
};

static void fail(j_common_ptr info) {
  swl_jpeg *jpeg = info->client_data;
  info->err->format_message(info, jpeg->message);
  longjmp(jpeg->failed, 1);
}

static void stay_silent(j_common_ptr info) { (void)info; }

static void note_warning(j_common_ptr info, int level) {
  swl_jpeg *jpeg = info->client_data;
  if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA) jpeg->is_damaged = 1;
}

static void check_scans(j_common_ptr info) {
  swl_jpeg *jpeg = info->client_data;
  if (jpeg->info.input_scan_number <= SCAN_LIMIT) return;
  snprintf(jpeg->message, sizeof jpeg->message, "more than %d scans", SCAN_LIMIT);
  longjmp(jpeg->failed, 1);
}

// The source is all bytes of the file: where they end, the library suspends.
static void do_nothing(j_decompress_ptr info) { (void)info; }

static boolean suspend(j_decompress_ptr info) {
  static const JOCTET end[] = {0xFF, JPEG_EOI};
  swl_jpeg *jpeg = info->client_data;
  if (!jpeg->lends_end) return FALSE;
  jpeg->lends_end = 0;
  info->src->next_input_byte = end;
  info->src->bytes_in_buffer = sizeof end;
  return TRUE;
}

static void skip(j_decompress_ptr info, long count) {
  struct jpeg_source_mgr *source = info->src;
  if (count <= 0) return;
  size_t skipped = (size_t)count < source->bytes_in_buffer ? (size_t)count : source->bytes_in_buffer;
  source->next_input_byte += skipped;
  source->bytes_in_buffer -= skipped;
}

swl_jpeg *swl_jpeg_create(void) {
  swl_jpeg *jpeg = calloc(1, sizeof *jpeg);
  if (!jpeg) return NULL;
  jpeg->info.err = jpeg_std_error(&jpeg->error);
  jpeg->info.client_data = jpeg;
  jpeg->error.error_exit = fail;
  jpeg->error.output_message = stay_silent;
  jpeg->error.emit_message = note_warning;
  jpeg->source = (struct jpeg_source_mgr){
      .init_source = do_nothing,
      .fill_input_buffer = suspend,
      .skip_input_data = skip,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = do_nothing,
  };
  jpeg->progress.progress_monitor = check_scans;
  return jpeg;
}

void swl_jpeg_destroy(swl_jpeg *jpeg) {
  jpeg_destroy_decompress(&jpeg->info);
  free(jpeg);
}

const char *swl_jpeg_message(const swl_jpeg *jpeg) { return jpeg->message; }

static int32_t refused(swl_jpeg *jpeg) {
  jpeg_destroy_decompress(&jpeg->info);
  return -1;
}

int32_t swl_jpeg_open(swl_jpeg *jpeg, const uint8_t *bytes, size_t count, swl_jpeg_shape *shape) {
  struct jpeg_decompress_struct *info = &jpeg->info;
  if (setjmp(jpeg->failed)) return refused(jpeg);
  // Anew for each image: the library would keep tables for the next one.
  jpeg_destroy_decompress(info);
  jpeg_create_decompress(info);
  info->src = &jpeg->source;
  info->progress = &jpeg->progress;
  jpeg->is_damaged = jpeg->lends_end = 0;
  jpeg->source.next_input_byte = bytes;
  jpeg->source.bytes_in_buffer = count;
  int state;
  do {
    state = jpeg_read_header(info, FALSE);
  } while (state == JPEG_HEADER_TABLES_ONLY);
  if (state == JPEG_SUSPENDED) {
    snprintf(jpeg->message, sizeof jpeg->message, "truncated before its pixels");
    return refused(jpeg);
  }
  if (info->data_precision != 8) {
    snprintf(jpeg->message, sizeof jpeg->message, "%d bits a sample, expected 8", info->data_precision);
    return refused(jpeg);
  }
  switch (info->num_components) {
    case 1: info->out_color_space = JCS_GRAYSCALE; break;
    case 3: info->out_color_space = JCS_RGB; break;
    case 4: info->out_color_space = JCS_CMYK; break;
    default:
      snprintf(jpeg->message, sizeof jpeg->message, "%d colour components, expected 1, 3 or 4", info->num_components);
      return refused(jpeg);
  }
  *shape = (swl_jpeg_shape){
      .width = (int32_t)info->image_width,
      .height = (int32_t)info->image_height,
      .channels = info->num_components,
  };
  return 0;
}

int32_t swl_jpeg_reduce(swl_jpeg *jpeg, int32_t shorter_side, int32_t grey, swl_jpeg_shape *shape, int32_t *is_ycc,
                        int32_t *halvings) {
  struct jpeg_decompress_struct *info = &jpeg->info;
  if (setjmp(jpeg->failed)) return refused(jpeg);
  if (info->num_components == 1) {
    info->out_color_space = JCS_GRAYSCALE;
  } else if (info->jpeg_color_space == JCS_YCbCr) {
    info->out_color_space = grey ? JCS_GRAYSCALE : JCS_YCbCr;
  } else if (info->jpeg_color_space != JCS_RGB) {
    snprintf(jpeg->message, sizeof jpeg->message, "of a colour space that streams do not have");
    return refused(jpeg);
  }
  info->scale_num = 1;
  // Where the pixels are not all there, the library warns of it; of scans that are missing it says nothing.
  jpeg->lends_end = !jpeg_has_multiple_scans(info);
  *halvings = 4;
  JDIMENSION side;
  do {
    info->scale_denom = 1u << --*halvings;
    jpeg_calc_output_dimensions(info);
    side = info->output_width < info->output_height ? info->output_width : info->output_height;
  } while (*halvings > 0 && (int64_t)side < shorter_side);
  *is_ycc = info->out_color_space == JCS_YCbCr;
  *shape = (swl_jpeg_shape){
      .width = (int32_t)info->output_width,
      .height = (int32_t)info->output_height,
      .channels = info->out_color_components,
  };
  return 0;
}

int32_t swl_jpeg_is_damaged(const swl_jpeg *jpeg) { return jpeg->is_damaged; }

int32_t swl_jpeg_read(swl_jpeg *jpeg, uint8_t *pixels) {
  struct jpeg_decompress_struct *info = &jpeg->info;
  if (setjmp(jpeg->failed)) return refused(jpeg);
  if (!jpeg_start_decompress(info)) {
    snprintf(jpeg->message, sizeof jpeg->message, "truncated before the end of its last scan");
    return refused(jpeg);
  }
  size_t stride = (size_t)info->output_width * (size_t)info->output_components;
  while (info->output_scanline < info->output_height) {
    JSAMPROW row = pixels + info->output_scanline * stride;
    if (jpeg_read_scanlines(info, &row, 1) == 1) continue;
    snprintf(jpeg->message, sizeof jpeg->message, "truncated in row %u of %u", info->output_scanline,
             info->output_height);
    return refused(jpeg);
  }
  jpeg_finish_decompress(info);
  jpeg_destroy_decompress(info);
  return 0;
}
