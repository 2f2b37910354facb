// The kernel sets of this binary, and the functions that sets share.
#ifndef SWIFTLET_SETS_H
#define SWIFTLET_SETS_H

#include "swiftlet_kernels.h"

extern const swl_kernels swl_scalar;

void swl_scalar_pack_rows(const int8_t *rows, ptrdiff_t stride, const int32_t *index, int32_t count, int32_t depth,
                          int8_t *panels);

#if defined(__x86_64__)
extern const swl_kernels swl_avx2;
#endif

#endif
