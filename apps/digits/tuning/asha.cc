#include <apps/digits/tuning/asha.h>
#include <gluino/base/error.h>

#include <algorithm>
#include <utility>

namespace digits::tuning {

Asha::Asha(Options options) : options_(std::move(options)), rungs_(options_.rungs.size()) {
  gluino::check(!rungs_.empty() && options_.eta >= 2, "expected a rung, and an eta of at least 2");
}

std::optional<Job> Asha::next() const {
  for (std::size_t rung = rungs_.size() - 1; rung-- > 0;) {
    if (const auto job = promote(rung, rungs_[rung].finished / options_.eta)) return job;
  }
  if (begun_ < options_.trials) return Job{.trial = begun_ + 1, .epochs = options_.rungs.front()};
  return running_.empty() ? promote_last() : std::nullopt;
}

// The best of the first `among` that stands on no higher rung yet.
std::optional<Job> Asha::promote(std::size_t rung, std::int64_t among) const {
  const std::set<std::int64_t>& promoted = rungs_[rung + 1].started;
  for (const auto& [cost, trial] : rungs_[rung].costs) {
    if (among-- <= 0) break;
    if (!promoted.contains(trial)) return Job{.trial = trial, .epochs = options_.rungs[rung + 1]};
  }
  return std::nullopt;
}

std::optional<Job> Asha::promote_last() const {
  if (!rungs_.back().costs.empty()) return std::nullopt;
  for (std::size_t rung = rungs_.size() - 1; rung-- > 0;) {
    if (const auto job = promote(rung, rungs_[rung].finished)) return job;
  }
  return std::nullopt;
}

void Asha::start(const Job& job) {
  const std::size_t rung = rung_of(job);
  const bool was_below = rung == 0 || rungs_[rung - 1].started.contains(job.trial);
  gluino::check(job.trial >= 1 && job.trial <= options_.trials && was_below,
                "the search has no trial ", job.trial, " of ", job.epochs, " epochs here");
  rungs_[rung].started.insert(job.trial);
  running_.insert(job);
  if (rung == 0) begun_ = std::max(begun_, job.trial);
}

void Asha::finish(const Job& job, std::optional<double> cost) {
  gluino::check(running_.erase(job) == 1, "trial ", job.trial, " of ", job.epochs,
                " epochs ended without having begun");
  Rung& rung = rungs_[rung_of(job)];
  ++rung.finished;
  if (cost) rung.costs.emplace(*cost, job.trial);
}

std::vector<Job> Asha::running() const { return {running_.begin(), running_.end()}; }

std::size_t Asha::rung_of(const Job& job) const {
  const auto found = std::find(options_.rungs.begin(), options_.rungs.end(), job.epochs);
  gluino::check(found != options_.rungs.end(), "the search has no rung of ", job.epochs, " epochs");
  return static_cast<std::size_t>(found - options_.rungs.begin());
}

}  // namespace digits::tuning
