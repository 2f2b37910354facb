#include "swiftlet_arguments.h"

#include <features.h>

static int32_t count;
static char **arguments;

#ifdef __GLIBC__
// Swift reads them from /proc, which need not be mounted. This C library hands them to what runs before main.
__attribute__((constructor)) static void keep(int argc, char **argv) {
  count = argc;
  arguments = argv;
}
#endif

int32_t swl_argument_count(void) { return count; }

const char *swl_argument(int32_t index) { return arguments[index]; }
