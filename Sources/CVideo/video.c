#include "swiftlet_video.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

int swl_video_open(const char *path) {
  int descriptor;
  do {
    descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor < 0 ? -errno : descriptor;
}

int swl_video_control(int descriptor, unsigned long request, void *argument) {
  while (ioctl(descriptor, request, argument) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}
