// The system calls and requests of V4L2 that Swift cannot name: open and ioctl are variadic, and the requests are macros.
#ifndef SWIFTLET_VIDEO_H
#define SWIFTLET_VIDEO_H

#include <linux/videodev2.h>

// Opens a video device for reading and writing, without blocking. Returns a file descriptor, or the negative errno.
int swl_video_open(const char *path);

// The ioctl system call, repeated while signals interrupt it. Returns 0, or the errno.
int swl_video_control(int descriptor, unsigned long request, void *argument);

static const unsigned long swl_video_query_capability = VIDIOC_QUERYCAP;
static const unsigned long swl_video_enumerate_formats = VIDIOC_ENUM_FMT;
static const unsigned long swl_video_enumerate_frame_sizes = VIDIOC_ENUM_FRAMESIZES;
static const unsigned long swl_video_enumerate_frame_intervals = VIDIOC_ENUM_FRAMEINTERVALS;
static const unsigned long swl_video_set_format = VIDIOC_S_FMT;
static const unsigned long swl_video_set_parameters = VIDIOC_S_PARM;
static const unsigned long swl_video_request_buffers = VIDIOC_REQBUFS;
static const unsigned long swl_video_query_buffer = VIDIOC_QUERYBUF;
static const unsigned long swl_video_queue_buffer = VIDIOC_QBUF;
static const unsigned long swl_video_dequeue_buffer = VIDIOC_DQBUF;
static const unsigned long swl_video_stream_on = VIDIOC_STREAMON;
static const unsigned long swl_video_stream_off = VIDIOC_STREAMOFF;

// What a format says of frames that lie in one plane, whichever kind of buffers they come in.
struct swl_video_layout {
  unsigned int width, height, pixel_format, bytes_per_line, planes, colour_space, encoding, quantization;
};

// Asks for frames of a size and pixel format, without fields, in buffers of this kind.
static inline struct v4l2_format swl_video_format(
    unsigned int type, unsigned int width, unsigned int height, unsigned int pixel_format) {
  struct v4l2_format format = {.type = type};
  if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
    format.fmt.pix_mp.width = width;
    format.fmt.pix_mp.height = height;
    format.fmt.pix_mp.pixelformat = pixel_format;
    format.fmt.pix_mp.field = V4L2_FIELD_NONE;
    format.fmt.pix_mp.num_planes = 1;
  } else {
    format.fmt.pix.width = width;
    format.fmt.pix.height = height;
    format.fmt.pix.pixelformat = pixel_format;
    format.fmt.pix.field = V4L2_FIELD_NONE;
    format.fmt.pix.priv = V4L2_PIX_FMT_PRIV_MAGIC;
  }
  return format;
}

// What the driver made of it.
static inline struct swl_video_layout swl_video_layout_of(const struct v4l2_format *format) {
  if (V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
    const struct v4l2_pix_format_mplane *it = &format->fmt.pix_mp;
    return (struct swl_video_layout){
        it->width, it->height, it->pixelformat, it->plane_fmt[0].bytesperline, it->num_planes,
        it->colorspace, it->ycbcr_enc, it->quantization};
  }
  const struct v4l2_pix_format *it = &format->fmt.pix;
  return (struct swl_video_layout){it->width, it->height, it->pixelformat, it->bytesperline,
      1, it->colorspace, it->ycbcr_enc, it->quantization};
}

#endif
