#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/losses/ctc_loss.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace gluino {
namespace {

enum Input { kData, kLabel };
enum Output { kLoss, kGradient };

constexpr double kNever = -std::numeric_limits<double>::infinity();

bool blank_is_first(const CTCLossOptions& o) { return o.blank_label == "first"; }

std::vector<std::string> input_names(const CTCLossOptions& o) {
  std::vector<std::string> names = {"data", "label"};
  if (o.use_data_lengths) names.emplace_back("data_lengths");
  if (o.use_label_lengths) names.emplace_back("label_lengths");
  return names;
}

void infer(const CTCLossOptions& o, Inference& s) {
  s.expect_ndim(kData, 3, "(T, N, C)");
  s.expect_ndim(kLabel, 2, "(N, L)");
  const Shape& data = s.in(kData);
  const Shape& label = s.in(kLabel);
  s.expect(data[2] >= 1, kData, "expected at least 1 class, the blank, got ", data);
  s.expect(label[0] == data[1] && label[1] <= data[0], kLabel, "expected the labels of ", data[1],
           " sequences, no more than ", data[0], " each, got ", label);
  const Shape each = {data[1]};
  const auto names = input_names(o);
  for (int i = kLabel + 1; i < s.num_inputs(); ++i) {
    s.expect(s.in(i) == each, -1, names[static_cast<std::size_t>(i)], ": expected ", each,
             ", a length of each sequence of ", data, ", got ", s.in(i));
  }
  s.set_out(kLoss, each);
  s.set_out(kGradient, data);
  s.set_out_type(kGradient, s.in_type(kData) == float64 ? float64 : float32);
}

Temporary<std::int64_t> whole_numbers(const Tensor& tensor) {
  Temporary<std::int64_t> numbers(tensor.size());
  kernels::convert(tensor.data, tensor.dtype, numbers.data(), int64, tensor.size());
  return numbers;
}

// The lengths that input i gives, each 0 to `most`.
Temporary<std::int64_t> lengths_of(const Tensor& given, const char* name, std::int64_t most) {
  Temporary<std::int64_t> lengths = whole_numbers(given);
  for (std::int64_t i = 0; i < given.size(); ++i) {
    const std::int64_t length = lengths.data()[i];
    check(length >= 0 && length <= most, "[CTCLoss] ", name, ": expected 0 to ", most, ", got ",
          length, " for sequence ", i);
  }
  return lengths;
}

// log(e^a + e^b).
double log_sum(double a, double b) {
  const double most = std::max(a, b);
  return most == kNever ? kNever : most + std::log(std::exp(a - most) + std::exp(b - most));
}

// One sequence: the states that it goes through are its labels with blanks before, between and
// after them. All numbers are logarithms of probabilities.
class Alignment {
 public:
  // `labels` with `blank` are the classes of the states, `scores` (steps, classes) the
  // probabilities.
  Alignment(const std::vector<std::int64_t>& labels, std::int64_t blank, const double* scores,
            std::int64_t steps, std::int64_t classes)
      : scores_(scores), steps_(steps), classes_(classes) {
    for (const std::int64_t label : labels) {
      state_classes_.push_back(blank);
      state_classes_.push_back(label);
    }
    state_classes_.push_back(blank);
    for (std::size_t i = 0; i < state_classes_.size(); ++i) {
      // A blank may be left out between two labels that differ.
      skips_.push_back(i >= 2 && state_classes_[i] != blank &&
                       state_classes_[i] != state_classes_[i - 2]);
    }
    std::size_t repeated = 0;
    for (std::size_t i = 1; i < labels.size(); ++i) repeated += labels[i] == labels[i - 1] ? 1 : 0;
    fits_ = static_cast<std::int64_t>(labels.size() + repeated) <= steps;
  }

  bool fits() const { return fits_; }

  // The probability of all ways through the states, which begin and end at one of the outer two.
  double forward() {
    const std::size_t n = state_classes_.size();
    if (steps_ == 0) return n == 1 ? 0 : kNever;
    so_far_.assign(static_cast<std::size_t>(steps_) * n, kNever);
    for (std::size_t i = 0; i < std::min<std::size_t>(n, 2); ++i) so_far_[i] = score(0, i);
    for (std::int64_t t = 1; t < steps_; ++t) {
      const double* before = so_far_.data() + static_cast<std::size_t>(t - 1) * n;
      double* now = so_far_.data() + static_cast<std::size_t>(t) * n;
      for (std::size_t i = 0; i < n; ++i) {
        double sum = before[i];
        if (i >= 1) sum = log_sum(sum, before[i - 1]);
        if (skips_[i]) sum = log_sum(sum, before[i - 2]);
        now[i] = sum + score(t, i);
      }
    }
    const double* last = so_far_.data() + static_cast<std::size_t>(steps_ - 1) * n;
    return n == 1 ? last[0] : log_sum(last[n - 1], last[n - 2]);
  }

  // After forward, which gave `total`: gradient (steps, classes) = the probability of a class less
  // the share of all ways that go through it.
  template <class T>
  void backward(double total, T* gradient) const {
    const std::size_t n = state_classes_.size();
    // What follows step t, without its own score.
    std::vector<double> rest(n, kNever), later(n), shares(static_cast<std::size_t>(classes_));
    for (std::size_t i = n - std::min<std::size_t>(n, 2); i < n; ++i) rest[i] = 0;
    for (std::int64_t t = steps_ - 1; t >= 0; --t) {
      if (t + 1 < steps_) {
        for (std::size_t i = 0; i < n; ++i) later[i] = rest[i] + score(t + 1, i);
        for (std::size_t i = 0; i < n; ++i) {
          double sum = later[i];
          if (i + 1 < n) sum = log_sum(sum, later[i + 1]);
          if (i + 2 < n && skips_[i + 2]) sum = log_sum(sum, later[i + 2]);
          rest[i] = sum;
        }
      }
      const double* now = so_far_.data() + static_cast<std::size_t>(t) * n;
      std::fill(shares.begin(), shares.end(), 0.0);
      for (std::size_t i = 0; i < n; ++i) {
        shares[static_cast<std::size_t>(state_classes_[i])] += std::exp(now[i] + rest[i] - total);
      }
      for (std::int64_t c = 0; c < classes_; ++c) {
        const double share = shares[static_cast<std::size_t>(c)];
        gradient[t * classes_ + c] = static_cast<T>(std::exp(scores_[t * classes_ + c]) - share);
      }
    }
  }

 private:
  double score(std::int64_t t, std::size_t state) const {
    return scores_[t * classes_ + state_classes_[state]];
  }

  const double* scores_;
  std::int64_t steps_, classes_;
  std::vector<std::int64_t> state_classes_;
  std::vector<bool> skips_;
  std::vector<double> so_far_;
  bool fits_ = false;
};

// The labels of a sequence, checked.
std::vector<std::int64_t> labels_of(const CTCLossOptions& o, const std::int64_t* row,
                                    std::int64_t count, std::int64_t classes,
                                    std::int64_t sequence) {
  if (!o.use_label_lengths) count = std::find(row, row + count, blank_is_first(o) ? 0 : -1) - row;
  for (std::int64_t i = 0; i < count; ++i) {
    check(row[i] >= 0 && row[i] < classes, "[CTCLoss] label: ", row[i], " of sequence ", sequence,
          " is none of ", classes, " classes");
  }
  return {row, row + count};
}

// scores = log(softmax) of each step of sequence n.
template <class T>
void log_softmax(const T* x, const Shape& shape, std::int64_t n, std::int64_t steps,
                 double* scores) {
  const std::int64_t classes = shape[2];
  for (std::int64_t t = 0; t < steps; ++t) {
    const T* const row = x + (t * shape[1] + n) * classes;
    const double most = *std::max_element(row, row + classes);
    double sum = 0;
    for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(row[c] - most);
    const double all = most + std::log(sum);
    for (std::int64_t c = 0; c < classes; ++c) scores[t * classes + c] = row[c] - all;
  }
}

template <class T>
void run(const CTCLossOptions& o, const Call& call) {
  const Shape& shape = call.in[kData].shape;
  const std::int64_t classes = shape[2];
  const std::int64_t most = call.in[kLabel].shape[1];
  const auto labels = whole_numbers(call.in[kLabel]);
  const auto steps = lengths_of(o.use_data_lengths ? call.in[kLabel + 1] : Tensor{nullptr, {0}},
                                "data_lengths", shape[0]);
  const auto counts = lengths_of(o.use_label_lengths ? call.in.back() : Tensor{nullptr, {0}},
                                 "label_lengths", most);
  T* const gradient = call.out[kGradient].as<T>();
  if (gradient != nullptr) std::fill_n(gradient, shape.size(), T(0));
  const std::int64_t work = shape[0] * (classes + 8 * most);
  const auto each = [&](std::int64_t n) {
    const std::int64_t length = o.use_data_lengths ? steps.data()[n] : shape[0];
    const Temporary<double> scores(length * classes);
    log_softmax(call.in[kData].as<T>(), shape, n, length, scores.data());
    const std::int64_t count = o.use_label_lengths ? counts.data()[n] : most;
    Alignment alignment(labels_of(o, labels.data() + n * most, count, classes, n),
                        blank_is_first(o) ? 0 : classes - 1, scores.data(), length, classes);
    call.out[kLoss].as<T>()[n] = T(0);
    if (!alignment.fits()) return;
    const double total = alignment.forward();
    call.out[kLoss].as<T>()[n] = static_cast<T>(-total);
    if (gradient == nullptr) return;
    const Temporary<T> rows(length * classes);
    alignment.backward(total, rows.data());
    for (std::int64_t t = 0; t < length; ++t) {
      std::copy_n(rows.data() + t * classes, classes, gradient + (t * shape[1] + n) * classes);
    }
  };
  parallel_for(shape[1], kernels::row_grain(work, kernels::kMathGrain),
               [&](std::int64_t n, std::int64_t end) {
                 for (; n < end; ++n) each(n);
               });
}

void forward(const CTCLossOptions& o, const Call& call) {
  dispatch_real(call.in[kData].dtype, "CTCLoss", [&]<class T>() { run<T>(o, call); });
}

void backward(const CTCLossOptions& /*options*/, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  if (!dx) return;
  const std::int64_t sequences = dx.shape[1], classes = dx.shape[2];
  dispatch_real(dx.dtype, "CTCLoss", [&]<class T>() {
    const T* gradient = call.out[kGradient].as<T>();
    const T* heads = call.out_grad[kLoss].as<T>();
    parallel_for(dx.shape[0] * sequences, kernels::row_grain(classes, kernels::kCopyGrain),
                 [&](std::int64_t row, std::int64_t end) {
                   for (; row < end; ++row) {
                     for (std::int64_t i = row * classes; i < (row + 1) * classes; ++i) {
                       dx.as<T>()[i] = gradient[i] * heads[row % sequences];
                     }
                   }
                 });
  });
}

constexpr Fill kLabels{Fill::Kind::integers, 1, 4};

const auto registered =
    define_op<CTCLossOptions>("CTCLoss")
        .aliases({"ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss"})
        .doc("The loss of connectionist temporal classification.")
        .instead("log_softmax, pick and exp, step by step,")
        .inputs({"data", "label", "data_lengths", "label_lengths"})
        .inputs_by(input_names, [](const CTCLossOptions& /*options*/) { return 0; })
        .reads_places({1, 2, 3})
        .mixed_types()
        .outputs({"output0", "output1"}, 1)
        .outputs_in_files(2)
        .field("use_data_lengths", &CTCLossOptions::use_data_lengths,
               "Sequences have lengths of their own, the input data_lengths.")
        .field("use_label_lengths", &CTCLossOptions::use_label_lengths,
               "The numbers of labels are the input label_lengths.")
        .field("blank_label", &CTCLossOptions::blank_label, "Which class is the blank.",
               {"first", "last"})
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::outputs)
        .sample({}, {{{6, 2, 4}}, {{2, 3}, kLabels}})
        .sample({.blank_label = "last"}, {{{5, 3, 4}}, {{3, 2}, {Fill::Kind::integers, 0, 3}}})
        .sample({.use_data_lengths = true, .use_label_lengths = true},
                {{{6, 3, 4}},
                 {{3, 3}, kLabels},
                 {{3}, {Fill::Kind::integers, 1, 7}},
                 {{3}, {Fill::Kind::integers, 0, 4}}})
        .sample({.use_label_lengths = true},
                {{{4, 2, 4}}, {{2, 2}, kLabels}, {{2}, {Fill::Kind::integers, 0, 3}}})
        .sample({}, {{{3, 0, 4}}, {{0, 2}, kLabels}})
        .sample({}, {{{0, 2, 4}}, {{2, 0}, kLabels}});

}  // namespace
}  // namespace gluino
