#include <gluino/amp/amp.h>
#include <gluino/base/thread_state.h>
#include <gluino/kernels/cpu/products/bf16_unit.h>

#include <atomic>
#include <optional>

namespace gluino::amp {
namespace {

std::atomic<DType> of_process = float32;

void check_target(DType target, const InitOptions& options) {
  if (target == float32) return;
  check(target == bfloat16, "amp: expected bfloat16 or float32, got ", target);
  check(options.emulate || has_bfloat16(),
        "amp: this processor has no instructions for bfloat16 (AMX or AVX512-BF16), or the system "
        "does not permit them");
}

}  // namespace

void init(DType target, const InitOptions& options) {
  check_target(target, options);
  of_process.store(target, std::memory_order_relaxed);
}

DType dtype() {
  const std::optional<DType>& own = thread_state().products;
  return own ? *own : of_process.load(std::memory_order_relaxed);
}

bool has_bfloat16() { return kernels::bf16_units()[0]->native; }

Scope::Scope(DType target, const InitOptions& options) : before_(thread_state().products) {
  check_target(target, options);
  thread_state().products = target;
}

Scope::~Scope() { thread_state().products = before_; }

}  // namespace gluino::amp
