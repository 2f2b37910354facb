#if !defined(__aarch64__)
#include "../width/v128_portable.h"

#define FRAMES
#define PIXELS
#include "primitives.h"

const swl_width swl_width_portable = {"v128-portable", 0, primitives};
#endif
