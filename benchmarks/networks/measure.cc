#include "networks/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>

namespace gluino::benchmarks {
namespace {

constexpr std::size_t kBatches = 8;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Contender {
  std::string library;
  std::unique_ptr<Peer> peer;
  /// How far it may be from the first before any update, and after all: sums in another order.
  double tolerance = 1e-4;
  double last_tolerance = 1e-2;
};

std::vector<Contender> make_contenders(const Problem& problem, bool training) {
  std::vector<Contender> contenders;
  contenders.push_back({"gluino", make_gluino(problem)});
  contenders.push_back({"gluino hybridized", make_gluino_hybridized(problem)});
  if (!training) contenders.push_back({"gluino frozen", make_gluino_frozen(problem)});
  // One image is a product of a matrix and a vector, which bfloat16 leaves alone.
  if (problem.batch_size > 1) {
    if (auto peer = make_gluino_bfloat16(problem)) {
      // Rounded factors: after some steps at this rate the losses of some networks lie as far apart
      // as from weights that were changed by as little. They must fall all the same.
      contenders.push_back({"gluino bfloat16", std::move(peer), 2e-2, HUGE_VAL});
    }
  }
  if (!training) {
    contenders.push_back({"gluino int8", make_gluino_int8(problem), 5e-2});
  }
#ifdef GLUINO_BENCHMARK_TORCH
  contenders.push_back({"libtorch", make_torch(problem)});
#endif
  return contenders;
}

void expect_close(double ours, double theirs, double tolerance, const std::string& what) {
  if (!(std::abs(ours - theirs) <= tolerance * (1 + std::abs(theirs)))) {
    throw std::runtime_error(what + ": gluino has " + std::to_string(ours) + ", the other " +
                             std::to_string(theirs));
  }
}

// From the same weights all must have the same losses, and bring them down.
void check_training(std::vector<Contender>& contenders, const Weights& weights, int steps,
                    Measurement& result) {
  for (Contender& contender : contenders) {
    contender.peer->set_weights(weights);
    double first = 0;
    for (int step = 0; step < steps; ++step) {
      contender.peer->train_step(static_cast<std::size_t>(step) % kBatches);
      if (step == 0) first = contender.peer->last_loss();
    }
    const double last = contender.peer->last_loss();
    if (!(last < 0.85 * first)) {
      throw std::runtime_error(contender.library + " learns nothing: its loss went from " +
                               std::to_string(first) + " to " + std::to_string(last));
    }
    if (contender.library == "gluino") {
      result.first_loss = first;
      result.last_loss = last;
    }
    expect_close(result.first_loss, first, contender.tolerance, "the first loss");
    expect_close(result.last_loss, last, contender.last_tolerance, "the last loss");
  }
}

void check_inference(std::vector<Contender>& contenders, const Weights& weights) {
  std::vector<float> expected;
  for (Contender& contender : contenders) {
    contender.peer->set_weights(weights);
    contender.peer->infer(1);
    const std::vector<float> outputs = contender.peer->last_outputs();
    if (expected.empty()) expected = outputs;
    if (outputs.size() != expected.size()) throw std::runtime_error("output sizes differ");
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      expect_close(expected[i], outputs[i], contender.tolerance, "an output");
    }
  }
}

// Samples per second of one round. Every round starts from the same weights, so that all do the
// same work. The pause lets the threads of whoever ran before fall asleep; the first steps, which
// wake one's own, do not count.
double run_round(const Case& what, Peer& peer, const Weights& weights, double seconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  peer.set_weights(weights);
  std::size_t batch = 0;
  const auto run_for = [&](double duration) {
    const auto begin = Clock::now();
    std::int64_t steps = 0;
    double elapsed = 0;
    do {
      what.training ? peer.train_step(batch) : peer.infer(batch);
      batch = (batch + 1) % kBatches;
      ++steps;
      elapsed = seconds_since(begin);
    } while (elapsed < duration);
    return static_cast<double>(steps * what.batch_size) / elapsed;
  };
  run_for(0.05);
  return run_for(seconds);
}

}  // namespace

std::string Case::name() const {
  if (training) return to_string(network) + " training, batch " + std::to_string(batch_size);
  if (batch_size == 1) return to_string(network) + ", one image";
  return to_string(network) + " inference, batch " + std::to_string(batch_size);
}

double Rate::median() const {
  std::vector<double> sorted = rounds;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

double Measurement::best_of(const std::string& library) const {
  double best = 0;
  for (const Rate& rate : rates) {
    if (rate.library == library) best = std::max(best, rate.median());
  }
  return best;
}

Measurement measure(const Case& what, const MeasureOptions& options) {
  const Problem problem = make_problem(what.network, what.batch_size, kBatches);
  const Weights weights = draw_weights(problem);
  std::vector<Contender> contenders = make_contenders(problem, what.training);
  Measurement result;
  result.what = what;
  if (what.training) {
    check_training(contenders, weights, options.check_steps, result);
  } else {
    check_inference(contenders, weights);
  }
  for (const Contender& contender : contenders) {
    for (const int threads : options.threads) {
      result.rates.push_back({contender.library, threads, {}});
    }
  }
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t t = 0; t < options.threads.size(); ++t) {
      for (std::size_t c = 0; c < contenders.size(); ++c) {
        Peer& peer = *contenders[c].peer;
        peer.set_threads(options.threads[t]);
        result.rates[c * options.threads.size() + t].rounds.push_back(
            run_round(what, peer, weights, options.seconds_per_round));
      }
    }
  }
  return result;
}

}  // namespace gluino::benchmarks
