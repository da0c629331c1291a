#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/indexing/diag.h>
#include <gluino/ops/indexing/whole_numbers-inl.h>

namespace gluino {
namespace {

// Numbers wrap around where places lie far outside, as in MXNet, but have a meaning in C++.
std::int64_t step(std::int64_t number, std::int64_t size, std::int64_t place) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(number) *
                                       static_cast<std::uint64_t>(size) +
                                   static_cast<std::uint64_t>(place));
}

void expect_shape(const RavelOptions& o, const Inference& s) {
  s.expect(!o.shape.empty(), -1, "shape: expected that of an array, got ", o.shape);
  for (int axis = 0; axis < o.shape.ndim(); ++axis) {
    const std::int64_t size = o.shape[axis];
    s.expect(size > 0 || (axis == 0 && size >= -1), -1,
             "shape: expected sizes above 0, the first of which may be -1, got ", size, " on axis ",
             axis);
  }
}

void infer_ravel(const RavelOptions& o, Inference& s) {
  expect_shape(o, s);
  const Shape& places = s.in(0);
  s.expect(places.ndim() >= 1 && places[0] == o.shape.ndim(), 0, "expected ", o.shape.ndim(),
           " along axis 0, a place on each axis of the option shape, got ", places);
  Shape out = places;
  out.erase(0);
  if (out.empty()) out.push_back(1);
  s.set_out(0, out);
}

void ravel(const RavelOptions& o, const Call& call) {
  const auto places = whole_numbers(call.in[0]);
  const Tensor& out = call.out[0];
  dispatch_numbers(out.dtype, [&]<class T>() {
    parallel_for(out.size(), kernels::kCopyGrain, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) {
        std::int64_t number = 0;
        for (int axis = 0; axis < o.shape.ndim(); ++axis) {
          number = step(number, o.shape[axis], places.data()[axis * out.size() + i]);
        }
        out.as<T>()[i] = static_cast<T>(number);
      }
    });
  });
}

const auto ravel_op =
    define_op<RavelOptions>("_ravel_multi_index")
        .aliases({"ravel_multi_index"})
        .doc("The numbers among all elements of an array of places on its axes.")
        .types(Types::numbers)
        .inputs({"data"})
        .reads_places({0})
        .field("shape", &RavelOptions::shape, "The array's shape.")
        .infer(infer_ravel)
        .forward(ravel)
        .sample({.shape = {3, 4}}, {{{2, 5}, {Fill::Kind::integers, 0, 3}}})
        .sample({.shape = {-1, 4, 2}}, {{{3, 2, 3}, {Fill::Kind::integers, 0, 2}}})
        .sample({.shape = {3, 4}}, {{{2, 0}}});

void infer_unravel(const RavelOptions& o, Inference& s) {
  expect_shape(o, s);
  Shape out = {o.shape.ndim()};
  for (const std::int64_t size : s.in(0)) out.push_back(size);
  s.set_out(0, out);
}

void unravel(const RavelOptions& o, const Call& call) {
  const auto numbers = whole_numbers(call.in[0]);
  const std::int64_t n = call.in[0].size();
  dispatch_numbers(call.out[0].dtype, [&]<class T>() {
    T* y = call.out[0].as<T>();
    parallel_for(n, kernels::kCopyGrain, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) {
        std::int64_t rest = numbers.data()[i];
        for (int axis = o.shape.ndim() - 1; axis > 0; --axis) {
          y[axis * n + i] = static_cast<T>(rest % o.shape[axis]);
          rest /= o.shape[axis];
        }
        y[i] = static_cast<T>(rest);
      }
    });
  });
}

const auto unravel_op =
    define_op<RavelOptions>("_unravel_index")
        .aliases({"unravel_index"})
        .doc("The places on an array's axes of numbers among all its elements.")
        .types(Types::numbers)
        .inputs({"data"})
        .reads_places({0})
        .field("shape", &RavelOptions::shape, "The array's shape.")
        .infer(infer_unravel)
        .forward(unravel)
        .sample({.shape = {3, 4}}, {{{5}, {Fill::Kind::integers, 0, 12}}})
        .sample({.shape = {-1, 4, 2}}, {{{2, 3}, {Fill::Kind::integers, 0, 40}}})
        .sample({.shape = {3, 4}}, {{{0}}});

}  // namespace
}  // namespace gluino
