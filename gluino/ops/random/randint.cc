#include <gluino/base/random.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/random/random.h>
#include <gluino/ops/random/shape-inl.h>

#include <limits>

namespace gluino {
namespace {

void infer(const RandintOptions& o, Inference& s) {
  const DType dtype = o.dtype.value_or(int32);
  s.expect(dtype == int32 || dtype == int64, -1, "dtype: expected int32 or int64, got ", dtype);
  s.expect(o.low < o.high, -1, "expected low below high, got ", o.low, " and ", o.high);
  using Int = std::numeric_limits<std::int32_t>;
  s.expect(dtype == int64 || (o.low >= Int::min() && o.high - 1 <= Int::max()), -1,
           "expected bounds that int32 holds, got ", o.low, " and ", o.high,
           "; there is dtype = int64");
  set_shape(o.shape, s);
}

void forward(const RandintOptions& o, const Call& call) {
  const Tensor& out = call.out[0];
  const auto low = static_cast<std::uint64_t>(o.low);
  const std::uint64_t count = static_cast<std::uint64_t>(o.high) - low;
  dispatch_numbers(out.dtype, [&]<class T>() {
    random::in_stretches(out.size(), [&](random::Stream& stream, std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) {
        // MXNet's 63 bits; the remainder's bias is below count / 2^63.
        const std::uint64_t upper = std::uint64_t{stream()} << 31U;
        const std::uint64_t drawn = upper + stream();
        out.as<T>()[i] = static_cast<T>(low + drawn % count);
      }
    });
  });
}

const auto registered = define_op<RandintOptions>("_random_randint")
                            .aliases({"random_randint", "_npi_random_randint"})
                            .doc("Whole numbers in [low, high).")
                            .types(Types::numbers)
                            .inputs({})
                            .field("low", &RandintOptions::low, "The least number.")
                            .required()
                            .field("high", &RandintOptions::high, "Above the largest number.")
                            .required()
                            .field("shape", &RandintOptions::shape, "Shape of the result.")
                            .field("ctx", &RandintOptions::ctx, "Where it is made.")
                            .field("dtype", &RandintOptions::dtype, "int32 or int64; None: int32.")
                            .context_from(&RandintOptions::ctx)
                            .random()
                            .infer_types([](const RandintOptions& o, auto /*in*/, auto out) {
                              out[0] = o.dtype.value_or(int32);
                            })
                            .infer(infer)
                            .forward(forward)
                            .sample({.low = -3, .high = 5, .shape = {3, 5}}, {})
                            .sample({.low = 0, .high = 1, .shape = {0, 2}, .dtype = int64}, {});

}  // namespace

NDArray nd::random::randint(const RandintOptions& options) {
  return apply(Op::get<RandintOptions>("_random_randint"), &options, {});
}

}  // namespace gluino
