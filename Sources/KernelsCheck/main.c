#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "swiftlet_image_cases.h"
#include "swiftlet_image_kernels.h"

static const char usage[] =
    "usage: swiftlet-kernels test [--seed N] [--count N] [--set NAME] [--kernel NAME]\n"
    "       swiftlet-kernels bench [--count N] [--set NAME] [--kernel NAME] [--shape TEXT] [--json]\n"
    "\n"
    "test compares every kernel of every set that this machine runs with the specification, on `count` random cases\n"
    "(4000), and the primitives of the vector widths with plain C. bench times them, the sets by turns, and gives the\n"
    "median of `count` samples (15).\n";

// A list of kernels, and the table of a set that holds them.
typedef struct {
  const swl_tested_kernel *(*kernels)(void);
  const void *(*table)(const swl_kernels *);
} group;

static const void *network(const swl_kernels *set) { return set; }
static const void *images(const swl_kernels *set) { return swl_image_kernels_of(set); }

static const group groups[] = {{swl_tested_kernels, network}, {swl_tested_image_kernels, images}};

static kernel_function *function_of(const swl_kernels *set, const group *group, const swl_tested_kernel *kernel) {
  return *(kernel_function *const *)((const char *)group->table(set) + kernel->offset);
}

static int is_wanted(const char *wanted, const char *name) { return !wanted || strcmp(wanted, name) == 0; }

static candidates candidates_of(const group *group, const swl_tested_kernel *kernel, const options *o) {
  candidates c = {.kernel = kernel};
  for (const swl_kernels *const *set = swl_kernel_sets(); *set; set++) {
    kernel_function *own = function_of(*set, group, kernel);
    c.specification = own;  // the last set's
    if ((*set)->features & ~swl_cpu_features() || !is_wanted(o->set, (*set)->name)) continue;
    if ((*set)->base && own == function_of((*set)->base, group, kernel)) continue;
    c.sets[c.count] = *set;
    c.functions[c.count++] = own;
  }
  return c;
}

static void print_sets_not_run(const options *o) {
  for (const swl_kernels *const *set = swl_kernel_sets(); *set; set++) {
    const uint64_t missing = (*set)->features & ~swl_cpu_features();
    if (!missing || !is_wanted(o->set, (*set)->name)) continue;
    printf("%s not run: needs", (*set)->name);
    for (uint64_t bit = 1; bit; bit <<= 1) {
      if (missing & bit) printf(" %s", swl_feature_name(bit));
    }
    printf("\n");
  }
}

static _Noreturn void fail(const char *what, const char *name) {
  fprintf(stderr, "swiftlet-kernels: %s%s\n%s", what, name, usage);
  exit(64);
}

static uint64_t number(const char *name, const char *text) {
  char *end;
  uint64_t value = strtoull(text, &end, 0);
  if (!*text || *end) fail("not a number: ", name);
  return value;
}

static int count_of(const char *name, const char *text) {
  const uint64_t value = number(name, text);
  if (value < 1 || value > 1000 * 1000 * 1000) fail("not 1 to 1000000000: ", name);
  return (int)value;
}

static void check_names(const options *o) {
  int has_set = !o->set, has_kernel = !o->kernel || strcmp(o->kernel, "primitives") == 0;
  for (const swl_kernels *const *set = swl_kernel_sets(); *set; set++) has_set |= is_wanted(o->set, (*set)->name);
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    for (const swl_tested_kernel *k = groups[i].kernels(); k->name; k++) has_kernel |= is_wanted(o->kernel, k->name);
  }
  if (!has_set) fail("no set is called ", o->set);
  if (!has_kernel) fail("no kernel is called ", o->kernel);
}

int main(int argc, char **argv) {
  const int is_test = argc > 1 && strcmp(argv[1], "test") == 0, is_bench = argc > 1 && strcmp(argv[1], "bench") == 0;
  if (!is_test && !is_bench) fail("test or bench?", "");
  options o = {.seed = (uint64_t)time(NULL) * 100003 + (uint64_t)getpid(), .count = is_test ? 4000 : 15};
  for (int i = 2; i < argc; i++) {
    const char *name = argv[i];
    if (is_bench && strcmp(name, "--json") == 0) {
      o.is_json = 1;
      continue;
    }
    if (i + 1 == argc) fail("what is ", name);
    const char *value = argv[++i];
    if (is_test && strcmp(name, "--seed") == 0) o.seed = number(name, value);
    else if (strcmp(name, "--count") == 0) o.count = count_of(name, value);
    else if (strcmp(name, "--set") == 0) o.set = value;
    else if (strcmp(name, "--kernel") == 0) o.kernel = value;
    else if (is_bench && strcmp(name, "--shape") == 0) o.shape = value;
    else fail("what is ", name);
  }
  check_names(&o);
  if (is_test) printf("seed %llu\n", (unsigned long long)o.seed);
  if (!o.is_json) print_sets_not_run(&o);
  if (is_bench) bench_title(&o);
  int is_good = 1;
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    for (const swl_tested_kernel *kernel = groups[i].kernels(); kernel->name; kernel++) {
      if (!is_wanted(o.kernel, kernel->name)) continue;
      const candidates c = candidates_of(groups + i, kernel, &o);
      if (!c.count && o.set && o.kernel && !o.is_json) printf("%s %s is its base's\n", o.set, kernel->name);
      if (is_bench) bench_kernel(&c, &o);
      else is_good &= test_kernel(&c, &o);
    }
  }
  if (is_test && is_wanted(o.kernel, "primitives")) is_good &= test_primitives(&o);
  return !is_good;
}
