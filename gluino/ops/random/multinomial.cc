#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/elements.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/random/multinomial.h>

#include <algorithm>
#include <cmath>

namespace gluino {
namespace {

using Options = MultinomialOptions;

void infer(const Options& o, Inference& s) {
  const Shape& data = s.in(0);
  s.expect(data.ndim() > 0, 0, "expected (k) or (n, k), got ", data);
  s.expect(o.shape.known(), -1, "shape: expected known sizes, got ", o.shape);
  Shape out(std::vector<std::int64_t>(data.begin(), data.end() - 1));
  for (const std::int64_t size : o.shape) out.push_back(size);
  if (out.ndim() == 0) out = {1};
  s.expect(data[data.ndim() - 1] > 0 || out.size() == 0, 0, "there is nothing to draw from in ",
           data);
  s.expect(o.dtype != boolean && data.back() - 1 <= last_place(o.dtype), -1,
           "dtype: expected a type of numbers that holds all places of ", data, ", got ", o.dtype);
  for (int i = 0; i < s.num_outputs(); ++i) s.set_out(i, out);
}

// The chances of one row, added up, and the place in which a number of [0, 1) falls. Where they
// add up to more than 1, places behind the 1 are never drawn, as in MXNet.
class Row {
 public:
  template <class T>
  Row(const T* chances, std::int64_t count, double* ends) : ends_(ends), count_(count) {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      check(chances[i] >= 0, "[_sample_multinomial] data: expected chances of at least 0, got ",
            chances[i]);
      if (chances[i] > 0) last_ = i;
      ends[i] = sum += static_cast<double>(chances[i]);
    }
    check(sum > 0, "[_sample_multinomial] data: expected a chance above 0, got 0 for all of ",
          count, " places");
    check(std::isfinite(sum), "[_sample_multinomial] data: expected finite chances, got a sum of ",
          sum);
  }

  std::int64_t place_of(double drawn) const {
    return std::min(std::upper_bound(ends_, ends_ + count_, drawn) - ends_, last_);
  }

 private:
  const double* ends_;
  std::int64_t count_;
  std::int64_t last_ = 0;
};

template <class T, class Place>
void draw(const Call& call) {
  const Tensor& data = call.in[0];
  const std::int64_t count = data.shape[data.shape.ndim() - 1];
  const std::int64_t size = call.out[0].size();
  if (size == 0) return;
  const std::int64_t rows = data.size() / count;
  const std::int64_t each = size / rows;
  const Temporary<float> drawn(size);
  random::one_by_one([&](random::Stream& stream) {
    std::generate_n(drawn.data(), size, [&] { return stream.canonical<float>(); });
  });
  const bool log_too = call.out.size() > 1 && call.out[1];
  const std::int64_t grain = kernels::row_grain(count + each, kernels::kMathGrain);
  parallel_for(rows, grain, [&](std::int64_t r, std::int64_t end) {
    const Temporary<double> ends(count);
    for (; r < end; ++r) {
      const T* const chances = data.as<T>() + r * count;
      const Row row(chances, count, ends.data());
      for (std::int64_t i = r * each; i < (r + 1) * each; ++i) {
        const std::int64_t place = row.place_of(static_cast<double>(drawn.data()[i]));
        call.out[0].as<Place>()[i] = static_cast<Place>(place);
        if (log_too) call.out[1].as<T>()[i] = std::log(chances[place]);
      }
    }
  });
}

void forward(const Options& /*o*/, const Call& call) {
  dispatch_real(call.in[0].dtype, "_sample_multinomial", [&]<class T>() {
    dispatch_numbers(call.out[0].dtype, [&]<class Place>() { draw<T, Place>(call); });
  });
}

void backward(const Options& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  dispatch_real(dx.dtype, "_sample_multinomial", [&]<class T>() {
    std::fill_n(dx.as<T>(), dx.size(), T(0));
    if (!o.get_prob || dx.size() == 0) return;
    const T* const x = call.in[0].as<T>();
    const std::int64_t count = dx.shape[dx.shape.ndim() - 1];
    const std::int64_t rows = dx.size() / count;
    const std::int64_t each = call.out[0].size() / rows;
    const T* const dy = call.out_grad[1].as<T>();
    dispatch_numbers(call.out[0].dtype, [&]<class Place>() {
      const Place* const places = call.out[0].as<Place>();
      parallel_for(rows, kernels::row_grain(each, kernels::kCopyGrain),
                   [&](std::int64_t r, std::int64_t end) {
                     for (std::int64_t i = r * each; i < end * each; ++i) {
                       const std::int64_t at = i / each * count + std::int64_t(places[i]);
                       dx.as<T>()[at] += dy[i] / x[at];
                     }
                   });
    });
  });
}

constexpr Fill kChances{Fill::Kind::uniform, 0.1, 0.2};

const auto registered =
    define_op<Options>("_sample_multinomial")
        .aliases({"sample_multinomial", "sample_categorical", "_sample_categorical"})
        .doc("Places along the last axis, which holds their chances.")
        .inputs({"data"})
        .nameless()
        .field("shape", &Options::shape, "Of the places drawn for each row; (): one.")
        .field("get_prob", &Options::get_prob, "Whether to give the logarithms of the chances.")
        .field("dtype", &Options::dtype, "Of the places.")
        .outputs_by([](const Options& o) { return o.get_prob ? 2 : 1; })
        .random()
        .infer_types([](const Options& o, auto in, auto out) {
          out[0] = o.dtype;
          if (o.get_prob) out[1] = in[0];
        })
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .instead("pick and log")
        .sample({}, {{{3, 5}, kChances}})
        .sample({.shape = {7}, .get_prob = true}, {{{3, 5}, kChances}})
        .sample({.shape = {2, 3}, .dtype = float64}, {{{4}, kChances}})
        .sample({.shape = {0}}, {{{2, 3}, kChances}})
        .sample({.get_prob = true}, {{{0, 3}}});

}  // namespace

}  // namespace gluino
