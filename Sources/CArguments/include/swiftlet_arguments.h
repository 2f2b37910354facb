// What the program was started with.
#ifndef SWIFTLET_ARGUMENTS_H
#define SWIFTLET_ARGUMENTS_H

#include <stdint.h>

// The number of arguments, the program's name included; 0 where the C library does not say.
int32_t swl_argument_count(void);

// One of them.
const char *swl_argument(int32_t index);

#endif
