#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/targets.h>
#include <gluino/kernels/cpu/support/turn.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/support/turn.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/support/transpose-inl.h>

#ifndef GLUINO_KERNELS_TURNING
#define GLUINO_KERNELS_TURNING
namespace gluino::kernels {
namespace {

template <class T>
struct Turning {
  void (*run)(const T* in, std::int64_t in_step, std::int64_t rows, std::int64_t columns, T* out,
              std::int64_t out_step);
};

}  // namespace
}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

template <class T>
const Turning<T>* turning() {
  static constexpr Turning<T> all = {&transpose<T>};
  return &all;
}
const Turning<float>* turning_f32() { return turning<float>(); }
const Turning<double>* turning_f64() { return turning<double>(); }

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(Turning, chosen, turning_f32, turning_f64)

}  // namespace

template <class T>
void turn(const T* in, std::int64_t in_step, std::int64_t rows, std::int64_t columns, T* out,
          std::int64_t out_step) {
  chosen<T>().run(in, in_step, rows, columns, out, out_step);
}

template void turn(const float*, std::int64_t, std::int64_t, std::int64_t, float*, std::int64_t);
template void turn(const double*, std::int64_t, std::int64_t, std::int64_t, double*, std::int64_t);

}  // namespace gluino::kernels
#endif  // HWY_ONCE
