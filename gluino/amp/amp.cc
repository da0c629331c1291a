#include <gluino/amp/amp.h>
#include <gluino/kernels/cpu/products/bf16_unit.h>

#include <atomic>
#include <optional>

namespace gluino::amp {
namespace {

std::atomic<DType> of_process = float32;
thread_local std::optional<DType> of_thread;

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

DType dtype() { return of_thread ? *of_thread : of_process.load(std::memory_order_relaxed); }

bool has_bfloat16() { return kernels::bf16_units()[0]->native; }

Scope::Scope(DType target, const InitOptions& options)
    : before_(of_thread.value_or(float32)), was_set_(of_thread.has_value()) {
  check_target(target, options);
  of_thread = target;
}

Scope::~Scope() {
  of_thread.reset();
  if (was_set_) of_thread = before_;
}

}  // namespace gluino::amp
