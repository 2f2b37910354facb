// The cases of kernels: the arguments that swiftlet-kernels tests and times them with.
#ifndef SWIFTLET_CASES_H
#define SWIFTLET_CASES_H

#include <stddef.h>
#include <stdint.h>

#include "swiftlet_kernels.h"

// A block of memory beside a page that may not be touched.
typedef struct {
  char *mapping;
  size_t mapped;
  char *base;
  size_t bytes;   // that belong to it, and
  size_t before;  // those around an output that must stay as they are,
  size_t behind;
  size_t slack;  // or those behind an input that may change, and never count
  size_t rows, stride, width;  // of an output, in bytes; 0 rows for an input
  char *initial, *expected;
} swl_block;

// One call of a kernel: the random source, the operands, and what was chosen. For timing `shape` says what to choose, as
// "rows=197 columns=192"; otherwise it is NULL and chance decides.
typedef struct {
  uint64_t state;
  const char *shape;
  char choices[1000];
  ptrdiff_t depthwise_scratch;  // bytes, for every set that is to be called
  int64_t outputs;              // elements of the first output
  int64_t products;             // multiply-accumulates, where they are the work
  int at_end;                   // whether blocks end, or else begin, beside the untouchable page
  int is_prepared;              // whether the set makes the weights ready
  int block_count;
  swl_block blocks[64];
} swl_example;

// How a kernel's arguments are filled, and the shapes that are timed.
typedef struct {
  void (*fill)(swl_example *, void *arguments);
  // Gives the arguments what the set makes of their weights; NULL where there is nothing of the kind.
  void (*prepare)(swl_example *, const swl_kernels *, void *arguments);
  const char *const *shapes;  // ended by NULL
} swl_cases;

#define SWL_CASES(kernel, fill, prepare, ...) \
  const swl_cases swl_cases_##kernel = {fill, prepare, (const char *const[]){__VA_ARGS__, NULL}};

// A number within low...high by the name that it has in a shape; there it is `low` where the shape does not say.
int32_t swl_pick(swl_example *, const char *name, int32_t low, int32_t high);
// A size from 1 on, at most `usual`, or now and then `rare`.
int32_t swl_size(swl_example *, const char *name, int32_t usual, int32_t rare);
// Yes, once in so many times.
int swl_chance(swl_example *, const char *name, int32_t times);
// A number that is not worth a name.
int64_t swl_any(swl_example *, int64_t low, int64_t high);

// Memory of an input of any content. A kernel's scratch memory is all slack.
void *swl_input(swl_example *, ptrdiff_t bytes, ptrdiff_t slack);
// An input of `count` integers of 1, 2 or 4 bytes: all over the range, at its ends, or all equal to one of them. `slack`
// bytes behind it may be read.
void *swl_values(swl_example *, int size, ptrdiff_t count, int64_t low, int64_t high, ptrdiff_t slack);
// An output of any content, `rows` of `width` elements of `size` bytes. Where it is an operand too, `slack` bytes behind
// it may be read.
void *swl_output(swl_example *, int size, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t slack);

// What the rule and the epilogue of many kernels need.
enum { swl_slack = 64 };
swl_rule swl_any_rule(swl_example *, ptrdiff_t entries);
swl_epilogue swl_any_epilogue(swl_example *, ptrdiff_t rows, ptrdiff_t columns);

// For who calls the kernels. `seal` is called when all arguments are filled; `restore` gives the outputs what they had
// then. `expect` keeps the outputs; `problem` says what differs from them. Both say what else was changed, or NULL.
void swl_begin(swl_example *, uint64_t seed, const char *shape);
void swl_seal(swl_example *);
void swl_seal_last(swl_example *);
void swl_restore(swl_example *);
const char *swl_expect(swl_example *);
const char *swl_problem(swl_example *);

// A kernel and its cases.
typedef struct {
  const char *name;
  size_t offset;          // of its pointer in a set's table
  size_t argument_bytes;  // of its argument struct
  const swl_cases *cases;
} swl_tested_kernel;

#define SWL_DECLARE_CASES(set, kernel, arguments) extern const swl_cases swl_cases_##kernel;
#define SWL_TESTED(table, kernel, arguments) \
  {#kernel, offsetof(table, kernel), sizeof(arguments), &swl_cases_##kernel},

// The kernels of swl_kernels, ended by one without a name.
const swl_tested_kernel *swl_tested_kernels(void);

// A primitive of the width layer: whether it does what plain C does.
typedef struct {
  const char *name;
  int (*holds)(swl_example *);
} swl_primitive;

typedef struct {
  const char *name;
  uint64_t features;
  const swl_primitive *primitives;  // ended by one without a name
} swl_width;

// The widths of this binary, ended by NULL.
const swl_width *const *swl_widths(void);

#endif
