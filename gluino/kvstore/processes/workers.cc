#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/base/parallel.h>
#include <gluino/kvstore/processes/workers.h>
#include <gluino/kvstore/processes/workers_error.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace gluino::kvstore {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int kSignal = 1;
// A worker that is not heard of for this many beats is silent. Beats are counted, not seconds, so
// that all may be stopped and continued together.
constexpr milliseconds kBeat{400};
constexpr int kSilentBeats = 8;
// A worker that has left may still have messages on the way.
constexpr int kLeftBeats = 4;
// While nobody waits for what is under way it is looked after this often.
constexpr microseconds kGlance{500};
// Who waits asks again at once this often, then lets others run in between.
constexpr int kEagerTries = 200;
constexpr int kPatientTries = 5000;
constexpr microseconds kNap{50};

std::int64_t beats_of_clock() {
  return std::chrono::duration_cast<milliseconds>(Clock::now().time_since_epoch()).count() /
         kBeat.count();
}

}  // namespace

// What workers tell of themselves: others to worker 0, and worker 0 to all.
struct Workers::News {
  enum Kind : std::int32_t { alive, left, silent, failed } kind = alive;
  std::int32_t worker = 0;
};

struct Workers::Letter {
  explicit Letter(const News& given) : news(given) {}

  News news;
  mpi::Transfer transfer{};
};

Workers& Workers::ours() {
  static Workers workers;
  workers.check_process();
  return workers;
}

Workers::Workers()
    : rank_(world_.rank()),
      size_(world_.size()),
      made_in_(fork_count()),
      health_(static_cast<std::size_t>(size_)),
      next_beat_(beats_of_clock()) {
  if (size_ > 1) thread_ = std::thread([this] { beside(); });
}

Workers::~Workers() {
  if (made_in_ != fork_count()) {
    // The thread is the parent's; to destroy what it waited at, when the process was forked, would
    // wait for it for ever.
    if (thread_.joinable()) thread_.detach();
    static_cast<void>(changed_.release());
    return;
  }
  {
    const Lock lock(mutex_);
    leaving_ = true;
  }
  changed_->notify_all();
  if (thread_.joinable()) thread_.join();
  if (!failure_.empty()) return;
  try {
    const News news{News::left, rank_};
    for (int worker = 0; worker < size_; ++worker) {
      if (worker != rank_ && (worker == 0 || rank_ == 0)) tell(worker, news);
    }
    // Letters are received even by those who wait in leave, for their memory is MPI's.
    world_.leave();
  } catch (const std::exception&) {
    // The process ends in any case.
  }
}

Workers::Pending Workers::start(const std::string& what, std::vector<NDArray> slots,
                                std::vector<Step> steps, NDArray source) {
  check_process();
  const Lock lock(mutex_);
  check_failure();
  auto pending = std::make_shared<Exchange>(next_number_++, what, std::move(slots),
                                            std::move(steps), std::move(source));
  pending_.push_back(pending);
  advance();
  if (!pending->is_done()) changed_->notify_one();
  return pending;
}

void Workers::finish(const Pending& pending) {
  for (int tries = 0;; ++tries) {
    {
      const Lock lock(mutex_);
      advance();
      if (pending->is_done()) return;
      check_failure();
      check_health(*pending);
    }
    if (tries < kEagerTries) continue;
    if (should_stop_ && should_stop_()) {
      throw WorkersError(str("kvstore: stopped while it waited for worker ", pending->waits_for(),
                             " in ", pending->what()));
    }
    if (tries < kPatientTries) {
      std::this_thread::yield();
    } else {
      // Others may need the processor to get there.
      std::this_thread::sleep_for(kNap);
    }
  }
}

// What goes on beside the program: beats, and what nobody waits for yet.
void Workers::beside() {
  run_loops_inline();
  Lock lock(mutex_);
  while (!leaving_) {
    advance();
    if (pending_.empty()) {
      changed_->wait_for(lock, kBeat);
    } else {
      lock.unlock();
      std::this_thread::sleep_for(kGlance);
      lock.lock();
    }
  }
}

void Workers::advance() {
  if (!failure_.empty() || size_ == 1) return;
  try {
    if (const std::int64_t now = beats_of_clock(); now > next_beat_) {
      next_beat_ = now;
      beat();
    }
    for (const Pending& each : pending_) each->advance(world_);
    std::erase_if(pending_, [](const Pending& each) { return each->is_done(); });
  } catch (const std::exception& error) {
    fail_for_all(error.what(), rank_);
  }
}

void Workers::beat() {
  listen();
  for (int worker = 0; worker < size_; ++worker) {
    if (worker == rank_ || (rank_ != 0 && worker != 0)) continue;
    Health& health = health_[static_cast<std::size_t>(worker)];
    if (health.left_beats) {
      ++*health.left_beats;
      continue;
    }
    if (++health.silent_beats > kSilentBeats) {
      if (rank_ == 0) {
        for (int other = 1; other < size_; ++other) tell(other, {News::silent, worker});
      }
      take({News::silent, worker}, worker);
      return;
    }
    tell(worker, {News::alive, rank_});
  }
}

void Workers::listen() {
  while (const auto from = world_.sender_of_signal(kSignal)) {
    News news;
    mpi::Transfer transfer =
        world_.receive(mpi::Channel::signals, &news, sizeof(news), *from, kSignal);
    while (!world_.is_done(transfer)) continue;
    take(news, *from);
  }
}

void Workers::tell(int worker, const News& news) {
  std::erase_if(letters_, [&](const auto& letter) { return world_.is_done(letter->transfer); });
  letters_.push_back(std::make_unique<Letter>(news));
  Letter& letter = *letters_.back();
  letter.transfer =
      world_.send(mpi::Channel::signals, &letter.news, sizeof(letter.news), worker, kSignal);
}

void Workers::take(const News& news, int from) {
  health_[static_cast<std::size_t>(from)].silent_beats = 0;
  switch (news.kind) {
    case News::alive:
      return;
    case News::left:
      health_[static_cast<std::size_t>(news.worker)].left_beats = 0;
      if (rank_ != 0) return;
      for (int other = 1; other < size_; ++other) {
        if (other != news.worker && !health_[static_cast<std::size_t>(other)].left_beats) {
          tell(other, news);
        }
      }
      return;
    case News::silent:
      failure_ = str("kvstore: worker ", news.worker, " of ", size_,
                     " does not answer: it has died, or is stopped, or its machine is gone");
      return;
    case News::failed:
      return fail_for_all(str("kvstore: worker ", news.worker, " of ", size_, " has failed"),
                          news.worker);
  }
}

// The others learn of it by worker 0; what is under way stays in memory, for MPI may still write
// to it.
void Workers::fail_for_all(const std::string& reason, int culprit) {
  if (!failure_.empty()) return;
  failure_ = reason;
  try {
    for (int worker = 0; worker < size_; ++worker) {
      if (worker != rank_ && worker != culprit && (worker == 0 || rank_ == 0)) {
        tell(worker, {News::failed, culprit});
      }
    }
  } catch (const std::exception&) {
    // They will find this one silent.
  }
}

void Workers::check_process() const {
  check(made_in_ == fork_count(),
        "kvstore: a forked process is no worker; only the process that mpirun started is");
}

void Workers::check_failure() const {
  if (!failure_.empty()) throw WorkersError(failure_);
}

void Workers::check_health(const Exchange& pending) const {
  for (int worker = 0; worker < size_; ++worker) {
    const auto& left = health_[static_cast<std::size_t>(worker)].left_beats;
    if (!left || *left < kLeftBeats) continue;
    throw WorkersError(str("kvstore: worker ", worker, " of ", size_,
                           " has ended, while this one waits for the others in ", pending.what(),
                           ": give all workers as many batches"));
  }
}

void Workers::barrier() { agree("a barrier"); }

void Workers::agree(const std::string& what) { run(what, {}, barrier_steps(size_, rank_)); }

std::vector<std::int64_t> Workers::gather(const std::string& what, std::int64_t own) {
  const NDArray numbers(Shape{size_}, int64, cpu());
  std::fill_n(numbers.data<std::int64_t>(), size_, 0);
  numbers.data<std::int64_t>()[rank_] = own;
  numbers.note_change();
  fill_in(what, numbers);
  return numbers.to_vector<std::int64_t>();
}

void Workers::fill_in(const std::string& what, const NDArray& numbers) {
  const std::vector<std::int64_t> ones(static_cast<std::size_t>(size_), 1);
  run(what, {numbers}, sum_steps(Shards(ones), rank_, numbers.size()));
}

const Shards& Workers::shards(std::int64_t own) {
  if (!shards_ || own_shards_ != own) {
    shards_.emplace(gather("how many shards each worker has", own));
    own_shards_ = own;
  }
  return *shards_;
}

}  // namespace gluino::kvstore
