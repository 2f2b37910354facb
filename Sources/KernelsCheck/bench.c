// What kernels take: the sets by turns, so that what disturbs one sample disturbs its neighbours too.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"

enum { max_samples = 1000, sample_ns = 400 * 1000 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

// Nanoseconds a call. Where the stack lies in its page can double them (spilled vectors against operands), and that depends
// on the environment: each sample has another place, the same in every process.
static double sample(kernel_function *kernel, const void *arguments, int64_t calls, int number) {
  const uintptr_t in_page = (uintptr_t)__builtin_frame_address(0) % 4096;
  volatile char *pad = __builtin_alloca(in_page + (uintptr_t)number * 1360 % 4096 + 1);
  *pad = 0;
  const double start = now();
  for (int64_t i = 0; i < calls; i++) kernel(arguments);
  return (now() - start) / (double)calls;
}

static int64_t calls_of_sample(kernel_function *kernel, const void *arguments) {
  sample(kernel, arguments, 1, 0);
  double once = sample(kernel, arguments, 1, 0);
  if (once < sample_ns / 10) once = sample(kernel, arguments, 10, 0);
  return once < sample_ns ? (int64_t)(sample_ns / once) + 1 : 1;
}

// Products a nanosecond on registers.
static double peak(const swl_kernels *set) {
  int64_t iterations = 1000, products;
  double elapsed;
  do {
    const double start = now();
    products = set->peak(iterations);
    elapsed = now() - start;
    iterations *= 4;
  } while (elapsed < sample_ns / 8);
  return (double)products / elapsed;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
// Leaves the values in order.
static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void bench_title(const options *o) {
  if (o->is_json) return;
  printf("%-20s %-13s %12s %10s %7s %9s  %s\n", "kernel", "set", "ns", "ns/output", "of peak", "of scalar", "shape");
}

static void print_row(const candidates *c, const options *o, int i, const swl_example *e, double ns, double least,
                      double scalar, double share) {
  const char *set = c->sets[i]->name, *kernel = c->kernel->name;
  const double each = ns / (double)e->outputs;
  if (o->is_json) {
    printf("{\"kernel\":\"%s\",\"set\":\"%s\",\"shape\":\"%s\"", kernel, set, e->shape);
    printf(",\"ns\":%.2f,\"least_ns\":%.2f,\"ns_per_output\":%.5f", ns, least, each);
    if (e->products) printf(",\"share_of_peak\":%.4f", share);
    if (scalar > 0) printf(",\"times_scalar\":%.3f", scalar / ns);
    printf("}\n");
    return;
  }
  printf("%-20s %-13s %12.1f %10.4f", kernel, set, ns, each);
  if (e->products) printf(" %5.1f %%", 100 * share);
  else printf(" %7s", "");
  if (scalar > 0) printf(" %8.1fx", scalar / ns);
  else printf(" %9s", "");
  printf("  %s\n", e->shape);
}

static void bench_shape(const candidates *c, const options *o, const char *shape) {
  static swl_example e;
  static double times[max_sets][max_samples], peaks[max_sets][max_samples];
  int64_t calls[max_sets];
  const int samples = o->count < 1 ? 1 : o->count > max_samples ? max_samples : o->count;
  const size_t size = c->kernel->argument_bytes;
  char *arguments = calloc((size_t)c->count + 1, size);
  if (!arguments) return;
  e.depthwise_scratch = 0;
  for (int i = 0; i < c->count; i++) {
    if (c->sets[i]->depthwise_scratch > e.depthwise_scratch) e.depthwise_scratch = c->sets[i]->depthwise_scratch;
  }
  swl_begin(&e, 1, shape);
  char *of_all = arguments + (size_t)c->count * size;
  c->kernel->cases->fill(&e, of_all);
  for (int i = 0; i < c->count; i++) {
    char *own = arguments + (size_t)i * size;
    memcpy(own, of_all, size);
    if (c->kernel->cases->prepare) c->kernel->cases->prepare(&e, c->sets[i], own);
    calls[i] = calls_of_sample(c->functions[i], own);
  }
  for (int n = 0; n < samples; n++) {
    for (int i = 0; i < c->count; i++) {
      if (e.products) peaks[i][n] = peak(c->sets[i]);
      times[i][n] = sample(c->functions[i], arguments + (size_t)i * size, calls[i], n);
    }
  }
  double ns[max_sets], scalar = 0;
  for (int i = 0; i < c->count; i++) {
    ns[i] = median(times[i], samples);
    if (c->functions[i] == c->specification) scalar = ns[i];
  }
  for (int i = 0; i < c->count; i++) {
    const double share = e.products ? (double)e.products / ns[i] / median(peaks[i], samples) : 0;
    print_row(c, o, i, &e, ns[i], times[i][0], scalar, share);
  }
  fflush(stdout);
  free(arguments);
}

void bench_kernel(const candidates *c, const options *o) {
  for (const char *const *shape = c->kernel->cases->shapes; *shape; shape++) {
    if (!o->shape || strcmp(o->shape, *shape) == 0) bench_shape(c, o, *shape);
  }
}
