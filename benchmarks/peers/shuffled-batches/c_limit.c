/*
 * What the machine allows: preads the planes of each image and takes them to interleaved float32
 * in one pass, in batches that are used again. Nothing else: no HDF5, no queue, no labels.
 *
 *   c_limit FILE IMAGES CHANNELS PLANE_BYTES BATCH THREADS
 *
 * Reads on stdin, in the machine's byte order, where the planes lie (IMAGES x CHANNELS doubles),
 * then requests: what to do (uint32: 0 measure, 1 deliver), how many images (uint32), and their
 * numbers (uint32 each). Answers on stdout with the milliseconds (double), or with the batches.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 1024, MOST_CHANNELS = 4, PAGE_FLOATS = 1024 };

static int fd;
static size_t images, channels, plane_bytes, batch, threads;
static double *offsets;
static uint32_t *order;
static size_t count;
static atomic_size_t next_batch;

struct thread {
  pthread_t id;
  uint8_t *planes; /* room for an image and the metadata between its planes */
  float *pixels;   /* a batch */
  double touched;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *allocate(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, (bytes + 63) / 64 * 64) != 0) fail("memory");
  return memory;
}

static void read_fully(uint8_t *into, size_t length, off_t offset) {
  if (pread(fd, into, length, offset) != (ssize_t)length) fail("pread");
}

/* Reads an image with one pread where its planes are neighbours. */
static void read_planes(const double *at, uint8_t *into, const uint8_t **planes) {
  double first = at[0], last = at[0];
  for (size_t c = 1; c < channels; c++) {
    if (at[c] < first) first = at[c];
    if (at[c] > last) last = at[c];
  }
  size_t length = (size_t)(last - first) + plane_bytes;
  if (length <= 2 * channels * plane_bytes) {
    read_fully(into, length, (off_t)first);
    for (size_t c = 0; c < channels; c++) planes[c] = into + (size_t)(at[c] - first);
    return;
  }
  for (size_t c = 0; c < channels; c++) {
    read_fully(into + c * plane_bytes, plane_bytes, (off_t)at[c]);
    planes[c] = into + c * plane_bytes;
  }
}

/* By blocks that stay in the first-level cache: bytes side by side, then all of them widened. */
static void interleave3(const uint8_t *restrict r, const uint8_t *restrict g,
                        const uint8_t *restrict b, float *restrict out) {
  const float scale = 1.0f / 255.0f;
  uint8_t block[3 * BLOCK];
  for (size_t from = 0; from < plane_bytes; from += BLOCK, r += BLOCK, g += BLOCK, b += BLOCK) {
    size_t n = plane_bytes - from < BLOCK ? plane_bytes - from : BLOCK;
    for (size_t i = 0; i < n; i++) {
      block[3 * i] = r[i];
      block[3 * i + 1] = g[i];
      block[3 * i + 2] = b[i];
    }
    float *to = out + 3 * from;
    for (size_t i = 0; i < 3 * n; i++) to[i] = (float)block[i] * scale;
  }
}

static size_t fill_batch(struct thread *self, size_t first) {
  size_t n = count - first < batch ? count - first : batch;
  for (size_t i = 0; i < n; i++) {
    const uint8_t *planes[MOST_CHANNELS];
    read_planes(offsets + order[first + i] * channels, self->planes, planes);
    interleave3(planes[0], planes[1], planes[2], self->pixels + i * channels * plane_bytes);
  }
  return n * channels * plane_bytes;
}

static void *work(void *argument) {
  struct thread *self = argument;
  for (;;) {
    size_t first = atomic_fetch_add(&next_batch, 1) * batch;
    if (first >= count) return NULL;
    size_t floats = fill_batch(self, first);
    for (size_t i = 0; i < floats; i += PAGE_FLOATS) self->touched += self->pixels[i];
  }
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void measure(struct thread *all) {
  double start = milliseconds();
  atomic_store(&next_batch, 0);
  for (size_t t = 0; t < threads; t++) {
    if (pthread_create(&all[t].id, NULL, work, &all[t]) != 0) fail("pthread_create");
  }
  for (size_t t = 0; t < threads; t++) pthread_join(all[t].id, NULL);
  double time = milliseconds() - start;
  fwrite(&time, sizeof time, 1, stdout);
}

static void deliver(struct thread *self) {
  for (size_t first = 0; first < count; first += batch) {
    size_t floats = fill_batch(self, first);
    fwrite(self->pixels, sizeof(float), floats, stdout);
  }
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  fd = open(argv[1], O_RDONLY);
  if (fd < 0) fail(argv[1]);
  images = strtoul(argv[2], NULL, 10);
  channels = strtoul(argv[3], NULL, 10);
  plane_bytes = strtoul(argv[4], NULL, 10);
  batch = strtoul(argv[5], NULL, 10);
  threads = strtoul(argv[6], NULL, 10);
  if (channels != 3) return 2;

  offsets = allocate(images * channels * sizeof *offsets);
  if (fread(offsets, sizeof *offsets, images * channels, stdin) != images * channels) return 2;
  struct thread *all = calloc(threads, sizeof *all);
  for (size_t t = 0; t < threads; t++) {
    all[t].planes = allocate(2 * channels * plane_bytes);
    all[t].pixels = allocate(batch * channels * plane_bytes * sizeof(float));
  }

  uint32_t request[2];
  while (fread(request, sizeof request, 1, stdin) == 1) {
    count = request[1];
    order = realloc(order, count * sizeof *order + 1);
    if (fread(order, sizeof *order, count, stdin) != count) return 2;
    if (request[0] == 0) measure(all);
    else deliver(&all[0]);
    fflush(stdout);
  }
  return 0;
}
