// What follows from a list of kernels (SWL_KERNELS), row by row.
#ifndef SWIFTLET_ROWS_H
#define SWIFTLET_ROWS_H

// The prototype of a set's own kernel, and the kernel as a row of the set's table.
#define PROTOTYPE(set, kernel, arguments) void swl_##set##_##kernel(const arguments *);
#define OWN(set, kernel, arguments) .kernel = swl_##set##_##kernel,

// A row that a set leaves empty is its base's.
#define INHERIT(set, kernel, arguments) \
  if (!(set)->kernel) (set)->kernel = (set)->base->kernel;

// The swl_kernel_row of a kernel.
#define DESCRIBE(table, kernel, arguments) {#kernel, offsetof(table, kernel)},

#endif
