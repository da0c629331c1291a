#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/losses/hawkes.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gluino {
namespace {

enum Input { kLda, kAlpha, kBeta, kState, kLags, kMarks, kLength, kMaxTime };
enum Output { kLikelihood, kEndState };

void infer(const NoOptions& /*options*/, Inference& s) {
  s.expect_ndim(kLda, 2, "(N, K)");
  s.expect_ndim(kLags, 2, "(N, T)");
  const Shape lda = s.in(kLda);
  const Shape lags = s.in(kLags);
  s.expect(lags[0] == lda[0], kLags, "expected ", lda[0], " sequences, got ", lags);
  for (const int input : {kAlpha, kBeta}) s.set_in(input, {lda[1]});
  s.set_in(kState, lda);
  s.set_in(kMarks, lags);
  for (const int input : {kLength, kMaxTime}) s.set_in(input, {lda[0]});
  for (const int input : {kAlpha, kBeta, kState, kLags, kMaxTime}) {
    s.expect(s.in_type(input) == s.in_type(kLda), input, "expected ", s.in_type(kLda),
             " as lda has, got ", s.in_type(input), "; convert with astype");
  }
  s.set_out(kLikelihood, {lda[0]});
  s.set_out(kEndState, lda);
}

Temporary<std::int64_t> whole_numbers(const Tensor& tensor) {
  Temporary<std::int64_t> numbers(tensor.size());
  kernels::convert(tensor.data, tensor.dtype, numbers.data(), int64, tensor.size());
  return numbers;
}

/// An input or a gradient as numbers in double precision.
std::vector<double> numbers_of(const Tensor& tensor) {
  std::vector<double> numbers(static_cast<std::size_t>(tensor.size()));
  kernels::convert(tensor.data, tensor.dtype, numbers.data(), float64, tensor.size());
  return numbers;
}

/// All inputs. Computed in double precision: the likelihood is a difference of sums.
struct Events {
  explicit Events(std::span<const Tensor> in)
      : kinds(in[kLda].shape[1]),
        length(in[kLags].shape[1]),
        sequences(in[kLda].shape[0]),
        lda(numbers_of(in[kLda])),
        alpha(numbers_of(in[kAlpha])),
        beta(numbers_of(in[kBeta])),
        state(numbers_of(in[kState])),
        lags(numbers_of(in[kLags])),
        max_time(numbers_of(in[kMaxTime])),
        marks(whole_numbers(in[kMarks])),
        counts(whole_numbers(in[kLength])) {
    for (std::int64_t i = 0; i < sequences; ++i) {
      check(counts.data()[i] >= 0 && counts.data()[i] <= length,
            "[hawkesll] valid_length: expected from 0 to ", length, ", got ", counts.data()[i]);
      for (std::int64_t j = 0; j < counts.data()[i]; ++j) {
        const std::int64_t mark = marks.data()[i * length + j];
        check(mark >= 0 && mark < kinds, "[hawkesll] marks: expected from 0 to ", kinds - 1,
              ", got ", mark);
      }
    }
  }

  std::int64_t kinds, length, sequences;
  std::vector<double> lda, alpha, beta, state, lags, max_time;
  Temporary<std::int64_t> marks, counts;
};

double& at(std::vector<double>& row, std::int64_t i) { return row[static_cast<std::size_t>(i)]; }
double at(const std::vector<double>& row, std::int64_t i) {
  return row[static_cast<std::size_t>(i)];
}

/// Of the time since the last event of a kind: how long, its sum of influences then, and how much
/// of it is left.
struct Gap {
  std::int64_t kind;
  double time, state, left;
};

/// One sequence from its begin to its end.
class Walk {
 public:
  Walk(const Events& events, std::int64_t sequence)
      : e_(events), i_(sequence), last_(static_cast<std::size_t>(events.kinds)) {
    const auto first = e_.state.begin() + i_ * e_.kinds;
    state_.assign(first, first + e_.kinds);
  }

  /// Calls at_event(gap) for each event and at_end(gap) for each kind.
  template <class AtEvent, class AtEnd>
  void run(AtEvent at_event, AtEnd at_end) {
    double now = 0;
    for (std::int64_t j = 0; j < e_.counts.data()[i_]; ++j) {
      now += at(e_.lags, i_ * e_.length + j);
      const std::int64_t kind = e_.marks.data()[i_ * e_.length + j];
      const Gap gap = since(kind, now);
      at_event(gap);
      at(state_, kind) = 1 + gap.state * gap.left;
      at(last_, kind) = now;
    }
    for (std::int64_t kind = 0; kind < e_.kinds; ++kind) at_end(since(kind, at(e_.max_time, i_)));
  }

  double lda(const Gap& gap) const { return at(e_.lda, i_ * e_.kinds + gap.kind); }
  double alpha(const Gap& gap) const { return at(e_.alpha, gap.kind); }
  double beta(const Gap& gap) const { return at(e_.beta, gap.kind); }
  double intensity(const Gap& gap) const {
    return lda(gap) + alpha(gap) * beta(gap) * gap.state * gap.left;
  }
  /// The integral of the intensity.
  double expected(const Gap& gap) const {
    return lda(gap) * gap.time + alpha(gap) * gap.state * (1 - gap.left);
  }

 private:
  Gap since(std::int64_t kind, double now) const {
    const double time = now - at(last_, kind);
    return {kind, time, at(state_, kind), std::exp(-at(e_.beta, kind) * time)};
  }

  const Events& e_;
  std::int64_t i_;
  std::vector<double> state_;
  std::vector<double> last_;
};

template <class T>
void likelihoods(const Events& events, const Call& call) {
  T* const likelihood = call.out[kLikelihood].as<T>();
  T* const end_state = call.out[kEndState].as<T>();
  parallel_for(
      events.sequences, kernels::row_grain(events.length + events.kinds, kernels::kMathGrain),
      [&](std::int64_t i, std::int64_t end) {
        for (; i < end; ++i) {
          double sum = 0;
          Walk walk(events, i);
          walk.run(
              [&](const Gap& gap) { sum += std::log(walk.intensity(gap)) - walk.expected(gap); },
              [&](const Gap& gap) {
                sum -= walk.expected(gap);
                end_state[i * events.kinds + gap.kind] = static_cast<T>(gap.state * gap.left);
              });
          likelihood[i] = static_cast<T>(sum);
        }
      });
}

void forward(const NoOptions& /*options*/, const Call& call) {
  const Events events(call.in);
  dispatch_real(call.out[kLikelihood].dtype, "hawkesll",
                [&]<class T>() { likelihoods<T>(events, call); });
}

/// Gradients of one sequence, by going back through it.
struct Back {
  std::vector<double> lda, alpha, beta, state, lags;
  double max_time = 0;

  Back(const Events& e, std::int64_t i, double of_likelihood, const double* of_end_state)
      : lda(static_cast<std::size_t>(e.kinds)),
        alpha(lda.size()),
        beta(lda.size()),
        state(lda.size()),
        lags(static_cast<std::size_t>(e.length)) {
    std::vector<Gap> gaps, ends;
    Walk walk(e, i);
    walk.run([&](const Gap& gap) { gaps.push_back(gap); },
             [&](const Gap& gap) { ends.push_back(gap); });
    std::vector<double> last(lda.size());
    // Adds the parts of a gap, with the gradients of the integral and of what is left of its state;
    // gives that of its time.
    const auto go_back = [&](const Gap& gap, double of_state_left, double of_intensity) {
      const double a = walk.alpha(gap), b = walk.beta(gap), g = of_likelihood;
      at(lda, gap.kind) += of_intensity - g * gap.time;
      at(alpha, gap.kind) +=
          of_intensity * b * gap.state * gap.left - g * gap.state * (1 - gap.left);
      const double of_product = of_state_left + of_intensity * a * b;  // of state * left
      at(state, gap.kind) = of_product * gap.left - g * a * (1 - gap.left);
      const double of_left = of_product * gap.state + g * a * gap.state;
      at(beta, gap.kind) += of_intensity * a * gap.state * gap.left - of_left * gap.time * gap.left;
      return -g * walk.lda(gap) - of_left * b * gap.left;
    };
    for (const Gap& gap : ends) {
      const double of_time = go_back(gap, of_end_state[gap.kind], 0);
      max_time += of_time;
      at(last, gap.kind) = -of_time;
    }
    double now = 0;
    for (std::int64_t j = std::ssize(gaps) - 1; j >= 0; --j) {
      const Gap& gap = gaps[static_cast<std::size_t>(j)];
      now += at(last, gap.kind);
      const double of_time = go_back(gap, at(state, gap.kind), of_likelihood / walk.intensity(gap));
      now += of_time;
      at(last, gap.kind) = -of_time;
      at(lags, j) = now;
    }
  }
};

template <class T>
void write(const std::vector<double>& row, const Tensor& to, std::int64_t offset) {
  if (!to) return;
  T* place = to.as<T>() + offset;
  for (const double value : row) *place++ = static_cast<T>(value);
}

template <class T>
void gradients(const Events& e, const GradientCall& call) {
  const std::vector<double> of_likelihood = numbers_of(call.out_grad[kLikelihood]);
  const std::vector<double> of_end_state = numbers_of(call.out_grad[kEndState]);
  // alpha and beta serve all sequences: their parts are added up in the order of these.
  std::vector<double> alpha(e.lda.size()), beta(e.lda.size());
  parallel_for(e.sequences, kernels::row_grain(e.length + e.kinds, kernels::kMathGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   const Back back(e, i, at(of_likelihood, i), of_end_state.data() + i * e.kinds);
                   write<T>(back.lda, call.in_grad[kLda], i * e.kinds);
                   write<T>(back.state, call.in_grad[kState], i * e.kinds);
                   write<T>(back.lags, call.in_grad[kLags], i * e.length);
                   if (call.in_grad[kMaxTime]) {
                     call.in_grad[kMaxTime].as<T>()[i] = static_cast<T>(back.max_time);
                   }
                   std::copy(back.alpha.begin(), back.alpha.end(), alpha.begin() + i * e.kinds);
                   std::copy(back.beta.begin(), back.beta.end(), beta.begin() + i * e.kinds);
                 }
               });
  const auto sum = [&](const std::vector<double>& parts) {
    std::vector<double> whole(static_cast<std::size_t>(e.kinds));
    for (std::size_t i = 0; i < parts.size(); ++i) whole[i % whole.size()] += parts[i];
    return whole;
  };
  write<T>(sum(alpha), call.in_grad[kAlpha], 0);
  write<T>(sum(beta), call.in_grad[kBeta], 0);
}

void backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Events events(call.in);
  dispatch_real(call.out_grad[kLikelihood].dtype, "hawkesll",
                [&]<class T>() { gradients<T>(events, call); });
}

std::vector<SampleInput> arrays(std::int64_t n, std::int64_t t, std::int64_t k) {
  const Fill positive{Fill::Kind::uniform, 0.5, 1.5};
  return {{{n, k}, positive},
          {{k}, {Fill::Kind::uniform, 0.2, 0.8}},
          {{k}, positive},
          {{n, k}, positive},
          {{n, t}, positive},
          {{n, t}, {Fill::Kind::integers, 0, static_cast<double>(k)}},
          {{n}, {Fill::Kind::integers, 0, static_cast<double>(t + 1)}},
          {{n}, {Fill::Kind::uniform, 9, 12}}};
}

const auto registered =
    define_op("_contrib_hawkesll")
        .doc("The logarithm of the likelihood of events as Hawkes processes.")
        .inputs({"lda", "alpha", "beta", "state", "lags", "marks", "valid_length", "max_time"})
        .reads_places({kMarks, kLength})
        .mixed_types()
        .outputs({"output", "out_state"}, 2)
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .instead("exp and log, event by event")
        .sample({}, arrays(3, 5, 2))
        .sample({}, arrays(2, 1, 3))
        .sample({}, arrays(0, 4, 2));

}  // namespace
}  // namespace gluino
