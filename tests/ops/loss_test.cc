#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <map>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using testing::filled;
using testing::gradients;
using ::testing::HasSubstr;
using testing::heads_for;
using testing::inputs_of;
using testing::message_of;
using testing::run;

using Values = std::vector<double>;

// The function whose derivative by the data an operator promises as its gradient.
using Objective =
    std::function<double(const void* options, const std::vector<NDArray>& in, const Values& x)>;

// The cross entropy of one place: log(sum e^x) - sum target * x over its classes.
double cross_entropy(const Values& x, const Values& target, std::size_t begin, std::size_t classes,
                     std::size_t stride) {
  double sum = 0;
  double hit = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    sum += std::exp(x[begin + c * stride]);
    hit += target[c] * x[begin + c * stride];
  }
  return std::log(sum) - hit;
}

double softmax_objective(const void* options, const std::vector<NDArray>& in, const Values& x) {
  const auto& o = *static_cast<const SoftmaxOutputOptions*>(options);
  const Shape& shape = in[0].shape();
  const auto labels = in[1].to_vector<double>();
  const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  const std::size_t inner = o.multi_output ? size(shape.size_between(2, shape.ndim())) : 1;
  const std::size_t classes = o.multi_output     ? size(shape[1])
                              : o.preserve_shape ? size(shape.back())
                                                 : size(shape.size_between(1, shape.ndim()));
  const bool probabilities = in[1].shape() == shape;
  double total = 0;
  double valid = 0;
  for (std::size_t place = 0; place < x.size() / classes; ++place) {
    const std::size_t begin = place / inner * classes * inner + place % inner;
    Values target(classes, o.smooth_alpha / static_cast<double>(classes - 1));
    if (probabilities) {
      for (std::size_t c = 0; c < classes; ++c) target[c] = labels[begin + c * inner];
    } else {
      target[static_cast<std::size_t>(labels[place])] = 1 - o.smooth_alpha;
      valid += labels[place] != o.ignore_label;
      if (o.use_ignore && labels[place] == o.ignore_label) continue;
    }
    total += cross_entropy(x, target, begin, classes, inner);
  }
  total *= o.grad_scale;
  if (probabilities) return total;
  if (o.normalization == "valid") return total / valid;
  if (o.normalization == "batch") {
    total /= static_cast<double>(o.multi_output ? shape[0] : in[1].size());
  }
  return total / static_cast<double>(inner);
}

Objective regression(double (*of)(double x, double label)) {
  return [of](const void* options, const std::vector<NDArray>& in, const Values& x) {
    const auto labels = in[1].to_vector<double>();
    double total = 0;
    for (std::size_t i = 0; i < x.size(); ++i) total += of(x[i], labels[i]);
    const double outputs = static_cast<double>(x.size()) / static_cast<double>(in[0].shape()[0]);
    return total * static_cast<const RegressionOutputOptions*>(options)->grad_scale / outputs;
  };
}

double sum(const Values& x) {
  double total = 0;
  for (const double value : x) total += value;
  return total;
}

double make_loss_objective(const void* options, const std::vector<NDArray>& in, const Values& x) {
  const auto& o = *static_cast<const MakeLossOptions*>(options);
  double count = 1;
  if (o.normalization == "batch") count = static_cast<double>(in[0].shape()[0]);
  if (o.normalization == "valid") {
    count = 0;
    for (const double value : in[0].to_vector<double>()) count += value > o.valid_thresh;
  }
  return sum(x) * o.grad_scale / count;
}

double svm_objective(const void* options, const std::vector<NDArray>& in, const Values& x) {
  const auto& o = *static_cast<const SVMOutputOptions*>(options);
  const auto labels = in[1].to_vector<double>();
  const auto classes = static_cast<std::size_t>(in[0].shape().back());
  double total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool hit = labels[i / classes] == static_cast<double>(i % classes);
    const double missing = std::max(0.0, o.margin - (hit ? x[i] : -x[i]));
    total += o.use_linear ? missing : missing * missing;
  }
  return total * o.regularization_coefficient;
}

const std::map<std::string, Objective> kObjectives = {
    {"SVMOutput", svm_objective},
    {"SoftmaxOutput", softmax_objective},
    {"LinearRegressionOutput",
     regression([](double x, double label) { return (x - label) * (x - label) / 2; })},
    {"LogisticRegressionOutput",
     regression([](double x, double label) { return std::log1p(std::exp(x)) - label * x; })},
    {"MAERegressionOutput", regression([](double x, double label) { return std::abs(x - label); })},
    {"MakeLoss", make_loss_objective},
    {"make_loss", [](auto, const auto&, const Values& x) { return sum(x); }},
    {"BlockGrad", [](auto, const auto&, const Values&) { return 0.0; }},
};

bool uses_head(const Op& op, const void* options) {
  return op.name == "SoftmaxOutput" && static_cast<const SoftmaxOutputOptions*>(options)->out_grad;
}

void check_sample(const Op& op, const Sample& sample) {
  SCOPED_TRACE(describe(op, sample));
  const void* options = sample.options.get();
  const auto inputs = inputs_of(sample, float64);
  const auto heads = heads_for(run(op, options, inputs));
  const auto got = gradients(op, options, inputs, heads);
  const auto head = heads[0].to_vector<double>();
  const auto slopes = got[0].to_vector<double>();
  const Objective& objective = kObjectives.at(op.name);
  Values x = inputs[0].to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    constexpr double kEps = 1e-5;
    const double before = x[i];
    x[i] = before + kEps;
    const double above = objective(options, inputs, x);
    x[i] = before - kEps;
    const double below = objective(options, inputs, x);
    x[i] = before;
    const double slope = (above - below) / (2 * kEps) * (uses_head(op, options) ? head[i] : 1);
    EXPECT_NEAR(slopes[i], slope, 1e-6 * (1 + std::abs(slope))) << "element " << i;
  }
  for (std::size_t k = 1; k < got.size(); ++k) {
    for (const double value : got[k].to_vector<double>()) EXPECT_EQ(value, 0);
  }
}

TEST(Losses, HaveTheGradientsOfTheirObjectives) {
  for (const Op* op : Op::all()) {
    if (!op->is_loss) continue;
    ASSERT_TRUE(kObjectives.contains(op->name)) << op->name << " has no objective here";
    for (const Sample& sample : op->samples) check_sample(*op, sample);
  }
}

TEST(Losses, NeedNoHeadGradient) {
  const NDArray x = nd::array({{1, 2}, {3, 5}});
  x.attach_grad();
  {
    const auto recording = autograd::record();
    (nd::BlockGrad(x) * 3 + nd::make_loss(x)).backward();
  }
  EXPECT_EQ(x.grad().to_vector<double>(), (Values{1, 1, 1, 1}));
}

TEST(Losses, ALabelBeyondTheClassesIsNone) {
  const NDArray x = nd::zeros({3, 2});
  x.attach_grad();
  {
    const auto recording = autograd::record();
    nd::SoftmaxOutput(x, nd::array({-1, 2, NAN})).backward();
  }
  EXPECT_EQ(x.grad().to_vector<double>(), Values(6, 0.5));
}

TEST(LossErrors, NameTheLabel) {
  const NDArray x = nd::zeros({4, 3});
  EXPECT_EQ(message_of([&] { nd::SoftmaxOutput(x, nd::zeros({3}), {}, "softmax"); }),
            "[SoftmaxOutput softmax] label: expected shape (4,), got (3,)");
  EXPECT_EQ(message_of([&] { nd::LinearRegressionOutput(x, nd::zeros({4})); }),
            "[LinearRegressionOutput] label: expected shape (4, 3), got (4,)");
  EXPECT_THAT(message_of([&] { nd::SoftmaxOutput(x, nd::zeros({4}), {.normalization = "sum"}); }),
              HasSubstr("expected one of null, batch, valid"));
  EXPECT_EQ(message_of([&] { nd::SliceChannel(x, {.num_outputs = 2}); }),
            "[SliceChannel] data: num_outputs 2 does not divide axis 1 of (4, 3)");
  EXPECT_THAT(message_of([&] { nd::SliceChannel(x, {.num_outputs = 0}); }),
              HasSubstr("num_outputs: expected 1 or more"));
}

}  // namespace
}  // namespace gluino
