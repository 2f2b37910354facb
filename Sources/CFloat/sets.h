// The kernel sets, and what every file of kernels begins with.
#pragma once

#include "swiftlet_float.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wpsabi"

extern const swiftlet_float_kernels swiftlet_float_portable;
#if defined(__x86_64__)
extern const swiftlet_float_kernels swiftlet_float_avx2;
extern const swiftlet_float_kernels swiftlet_float_avx512;
#endif
