// Every kernel against the specification, on random arguments.
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

static sigjmp_buf faulted;
static void on_fault(int number) { siglongjmp(faulted, number); }

static void catch_faults(void) {
  const struct sigaction action = {.sa_handler = on_fault};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  sigaction(SIGILL, &action, NULL);
}

static const char *name_of_fault(int number) {
  return number == SIGILL ? "has an instruction that this processor lacks" : "touches memory that is not its own";
}

// Runs a kernel, on what its set makes of the weights (set NULL: as they are), and says what was wrong, or NULL.
static const char *run(const swl_tested_kernel *tested, const swl_kernels *set, kernel_function *kernel, swl_example *e,
                       void *arguments) {
  feclearexcept(FE_ALL_EXCEPT);
  const int fault = sigsetjmp(faulted, 1);
  if (fault) return name_of_fault(fault);
  if (set && tested->cases->prepare) tested->cases->prepare(e, set, arguments);
  kernel(arguments);
  return fetestexcept(FE_ALL_EXCEPT) ? "computes in floating point" : NULL;
}

static void print_problem(const char *set, const char *kernel, const char *problem, const char *choices,
                          uint64_t seed) {
  printf("%s %s FAILED: %s\n  %s\n  again: swiftlet-kernels test --set %s --kernel %s --seed %llu --count 1\n", set,
         kernel, problem, choices, set, kernel, (unsigned long long)seed);
}

int test_kernel(const candidates *c, const options *o) {
  static swl_example e;
  const char *const kernel = c->kernel->name;
  void *arguments = calloc(1, c->kernel->argument_bytes);
  int failed[max_sets] = {0}, is_good = 1;
  catch_faults();
  e.depthwise_scratch = 0;
  for (int i = 0; i < c->count; i++) {
    if (c->sets[i]->depthwise_scratch > e.depthwise_scratch) e.depthwise_scratch = c->sets[i]->depthwise_scratch;
  }
  for (int n = 0; n < o->count && c->count && arguments; n++) {
    const uint64_t seed = o->seed + (uint64_t)n;
    swl_begin(&e, seed, NULL);
    c->kernel->cases->fill(&e, arguments);
    swl_seal(&e);
    const char *problem = run(c->kernel, NULL, c->specification, &e, arguments), *changed = swl_expect(&e);
    if (problem || changed) {
      print_problem("scalar", kernel, problem ? problem : changed, e.choices, seed);
      free(arguments);
      return 0;
    }
    for (int i = 0; i < c->count; i++) {
      if (failed[i]) continue;
      const int blocks = e.block_count;
      swl_restore(&e);
      problem = run(c->kernel, c->sets[i], c->functions[i], &e, arguments);
      if (!problem) problem = swl_problem(&e);
      e.block_count = blocks;
      if (!problem) continue;
      print_problem(c->sets[i]->name, kernel, problem, e.choices, seed);
      failed[i] = 1;
      is_good = 0;
    }
  }
  for (int i = 0; i < c->count; i++) {
    if (!failed[i]) printf("%s %s ok (%d cases)\n", c->sets[i]->name, kernel, o->count);
  }
  free(arguments);
  return is_good;
}

// Whether a primitive holds on one example, without a fault.
static const char *try_primitive(const swl_primitive *primitive, swl_example *e) {
  const int fault = sigsetjmp(faulted, 1);
  if (fault) return name_of_fault(fault);
  return primitive->holds(e) ? NULL : "differs from plain C";
}

int test_primitives(const options *o) {
  static swl_example e;
  int is_good = 1;
  catch_faults();
  for (const swl_width *const *width = swl_widths(); *width; width++) {
    if ((*width)->features & ~swl_cpu_features()) {
      printf("%s primitives not run\n", (*width)->name);
      continue;
    }
    int count = 0, holds = 1;
    for (const swl_primitive *primitive = (*width)->primitives; primitive->name; primitive++, count++) {
      for (int n = 0; n < o->count; n++) {
        swl_begin(&e, o->seed + (uint64_t)n, NULL);
        const char *problem = try_primitive(primitive, &e);
        if (!problem) continue;
        printf("%s primitives FAILED: %s %s, seed %llu\n", (*width)->name, primitive->name, problem,
               (unsigned long long)o->seed + (unsigned)n);
        holds = 0;
        break;
      }
    }
    is_good &= holds;
    if (holds) printf("%s primitives ok (%d of them, %d cases each)\n", (*width)->name, count, o->count);
  }
  return is_good;
}
