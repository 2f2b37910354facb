#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "swiftlet_test_support.h"

bool swl_test_open_terminal(int columns, int rows, int *screen, int *line) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  *screen = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*screen < 0) return false;
  const char *path = grantpt(*screen) || unlockpt(*screen) ? NULL : ptsname(*screen);
  *line = path ? open(path, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
  if (*line >= 0 && ioctl(*line, TIOCSWINSZ, &size) == 0) return true;
  close(*screen);
  return false;
}
