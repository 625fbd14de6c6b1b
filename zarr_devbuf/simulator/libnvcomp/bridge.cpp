// The functions of nvCOMP's C library, which call functions that Python sets.

#include <stddef.h>

namespace {

typedef int (*temp_size_handler)(size_t, size_t, size_t *, size_t);
typedef int (*decompress_handler)(const void *, const size_t *, const size_t *, size_t *, size_t,
                                  void *, int *);

temp_size_handler temp_size;
decompress_handler decompress;

struct options {
  int backend;
  char reserved[60];
};

const int not_supported = 11;

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED void zarr_devbuf_set_handlers(temp_size_handler first, decompress_handler second) {
  temp_size = first;
  decompress = second;
}

EXPORTED int nvcompBatchedZstdDecompressGetTempSizeAsync(size_t count, size_t largest, options,
                                                         size_t *nbytes, size_t total) {
  return temp_size ? temp_size(count, largest, nbytes, total) : not_supported;
}

EXPORTED int nvcompBatchedZstdDecompressAsync(const void *sources, const size_t *source_sizes,
                                              const size_t *target_sizes, size_t *sizes,
                                              size_t count, void *, size_t, void *targets, options,
                                              int *statuses, void *) {
  if (!decompress) return not_supported;
  return decompress(sources, source_sizes, target_sizes, sizes, count, targets, statuses);
}
