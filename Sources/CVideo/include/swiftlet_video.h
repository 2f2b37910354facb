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

#endif
