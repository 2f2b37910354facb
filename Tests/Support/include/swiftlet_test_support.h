// What Swift tests cannot ask for themselves.
#ifndef SWIFTLET_TEST_SUPPORT_H
#define SWIFTLET_TEST_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

// Whether swl_test_allocations counts: not where the C library or a sanitizer does not let it.
bool swl_test_counts_allocations(void);

// How often the calling thread has allocated or freed memory.
int64_t swl_test_allocations(void);

// The calling thread's floating-point exception flags: set by any inexact, invalid ... operation until they are cleared.
uint32_t swl_test_float_flags(void);
void swl_test_clear_float_flags(void);

// Adds 1 and a third in floating point, which sets the flags.
float swl_test_inexact(float third);

// Opens a terminal of so many columns and rows: what is written to `line` can be read from `screen`. Both are to be closed.
bool swl_test_open_terminal(int columns, int rows, int *screen, int *line);

#endif
