#if defined(__aarch64__)
#include "../width/v128_neon.h"

#define FRAMES
#define PIXELS

#include "primitives.h"

const swl_width swl_width_neon = {"v128-neon", 0, primitives};
#endif
