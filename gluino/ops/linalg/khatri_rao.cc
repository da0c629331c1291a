#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/linalg/khatri_rao.h>

#include <algorithm>

namespace gluino {
namespace {

void infer(const NoOptions& /*options*/, Inference& s) {
  std::int64_t rows = 1;
  for (int i = 0; i < s.num_inputs(); ++i) {
    s.expect_ndim(i, 2, "(rows, columns)");
    s.expect(s.in(i)[1] == s.in(0)[1], i, "expected ", s.in(0)[1],
             " columns as the first has, got ", s.in(i));
    const bool fits = !__builtin_mul_overflow(rows, s.in(i)[0], &rows);
    s.expect(fits, i, "there would be more rows than can be counted");
  }
  s.set_out(0, {rows, s.in(0)[1]});
}

void forward(const NoOptions& /*options*/, const Call& call) {
  const Tensor& out = call.out[0];
  const std::int64_t columns = out.shape[1];
  dispatch_real(out.dtype, "khatri_rao", [&]<class T>() {
    parallel_for(out.shape[0], kernels::row_grain(columns, kernels::kCopyGrain),
                 [&](std::int64_t row, std::int64_t end) {
                   for (; row < end; ++row) {
                     T* y = out.as<T>() + row * columns;
                     std::fill_n(y, columns, T(1));
                     std::int64_t rest = row;
                     for (auto each = call.in.rbegin(); each != call.in.rend(); ++each) {
                       const T* x = each->template as<T>() + rest % each->shape[0] * columns;
                       rest /= each->shape[0];
                       for (std::int64_t j = 0; j < columns; ++j) y[j] *= x[j];
                     }
                   }
                 });
  });
}

const auto registered = define_op("khatri_rao")
                            .doc("Column by column, all products of an element of each matrix.")
                            .variadic("args")
                            .infer(infer)
                            .forward(forward)
                            .sample({}, {{{2, 3}}, {{4, 3}}})
                            .sample({}, {{{2, 2}}, {{3, 2}}, {{1, 2}}})
                            .sample({}, {{{3, 2}}})
                            .sample({}, {{{0, 3}}, {{4, 3}}});

}  // namespace
}  // namespace gluino
