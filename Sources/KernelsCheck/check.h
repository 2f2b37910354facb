// swiftlet-kernels: tests every kernel of every set against the specification, and times it.
#ifndef SWIFTLET_CHECK_H
#define SWIFTLET_CHECK_H

#include "swiftlet_cases.h"

typedef void kernel_function(const void *arguments);

enum { max_sets = 8 };

// A kernel, the sets of this machine that have one of their own, and what they must equal.
typedef struct {
  const swl_tested_kernel *kernel;
  kernel_function *specification;
  int count;
  const swl_kernels *sets[max_sets];
  kernel_function *functions[max_sets];
} candidates;

typedef struct {
  const char *set, *kernel, *shape;  // or NULL for all
  uint64_t seed;
  int count;  // of cases a kernel, or of samples
  int is_json;
} options;

// Whether all is as specified.
int test_kernel(const candidates *, const options *);
int test_primitives(const options *);

void bench_title(const options *);
void bench_kernel(const candidates *, const options *);

#endif
