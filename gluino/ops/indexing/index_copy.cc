#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/indexing/gather_nd.h>
#include <gluino/ops/indexing/whole_numbers-inl.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

enum Input { kOld, kIndex, kNew };

void infer(const NoOptions& /*options*/, Inference& s) {
  const Shape& old = s.in(kOld);
  s.expect(old.ndim() >= 1, kOld, "expected at least 1 dimension");
  s.expect_ndim(kIndex, 1, "(count,)");
  Shape expected = old;
  expected[0] = s.in(kIndex)[0];
  s.expect(s.in(kNew) == expected, kNew, "expected shape ", expected, ", a slice per index, got ",
           s.in(kNew));
  s.expect(s.in_type(kNew) == s.in_type(kOld), kNew, "expected the type of old_tensor, ",
           s.in_type(kOld), ", got ", s.in_type(kNew));
  s.set_out(0, old);
}

// Per slice the number of the new one that takes its place, or -1. Throws Error on a place outside.
std::vector<std::int64_t> sources(const Tensor& index, const Shape& old) {
  const std::int64_t slices = old[0];
  const auto numbers = whole_numbers(index);
  std::vector<std::int64_t> result(static_cast<std::size_t>(slices), -1);
  for (std::int64_t i = 0; i < index.size(); ++i) {
    const std::int64_t at = numbers.data()[i];
    check(at >= 0 && at < slices, "[_contrib_index_copy] IndexError: index_vector: ", at,
          " is no place on axis 0 of ", old);
    result[static_cast<std::size_t>(at)] = i;
  }
  return result;
}

void forward(const NoOptions& /*options*/, const Call& call) {
  const Tensor& old = call.in[kOld];
  const std::int64_t size = old.shape.size_between(1, old.shape.ndim());
  const auto from = sources(call.in[kIndex], old.shape);
  dispatch_words(old.dtype, [&]<class W>() {
    for (std::int64_t i = 0; i < old.shape[0]; ++i) {
      const std::int64_t source = from[static_cast<std::size_t>(i)];
      const W* x = source < 0 ? old.as<W>() + i * size : call.in[kNew].as<W>() + source * size;
      std::copy_n(x, size, call.out[0].as<W>() + i * size);
    }
  });
}

// Each slice's gradient goes to where it came from.
void backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  const std::int64_t size = dy.shape.size_between(1, dy.shape.ndim());
  const auto from = sources(call.in[kIndex], dy.shape);
  dispatch_real(dy.dtype, "index_copy", [&]<class T>() {
    T* old = call.in_grad[kOld].as<T>();
    T* fresh = call.in_grad[kNew].as<T>();
    if (fresh != nullptr) std::fill_n(fresh, call.in_grad[kNew].size(), T(0));
    for (std::int64_t i = 0; i < dy.shape[0]; ++i) {
      const std::int64_t source = from[static_cast<std::size_t>(i)];
      const T* head = dy.as<T>() + i * size;
      if (source >= 0 && fresh != nullptr) std::copy_n(head, size, fresh + source * size);
      if (old == nullptr) continue;
      if (source < 0) {
        std::copy_n(head, size, old + i * size);
      } else {
        std::fill_n(old + i * size, size, T(0));
      }
    }
  });
}

const auto registered =
    define_op("_contrib_index_copy")
        .doc("An array with the slices that an index names replaced by those of another.")
        .types(Types::any)
        .inputs({"old_tensor", "index_vector", "new_tensor"})
        .reads_places({kIndex})
        .mixed_types()
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .derivative(derivative::of_linear<NoOptions>("_contrib_index_copy"))
        .sample({}, {{{5, 3}}, {{2}, {Fill::Kind::integers, 0, 5}}, {{2, 3}}})
        .sample({}, {{{3}}, {{4}, {Fill::Kind::integers, 0, 3}}, {{4}}})
        .sample({}, {{{5, 0}}, {{2}, {Fill::Kind::integers, 0, 5}}, {{2, 0}}})
        .sample({}, {{{5, 3}}, {{0}}, {{0, 3}}});

}  // namespace
}  // namespace gluino
