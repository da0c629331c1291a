#include <apps/digits/commands/train_processes.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>

#include <chrono>
#include <optional>

namespace digits {
namespace {

// Whether to end the wait for other processes: some time after Ctrl-C, for they may stop at the
// same place and save what there is; but before mpirun, which has sent SIGTERM, sends SIGKILL.
bool is_waiting_too_long() {
  using Clock = std::chrono::steady_clock;
  constexpr auto kPatience = std::chrono::milliseconds(400);
  static std::optional<Clock::time_point> since;
  if (!interrupt::requested()) return false;
  if (!since) since = Clock::now();
  return Clock::now() - *since > kPatience;
}

}  // namespace

gluino::kv::KVStore make_store(const TrainCommandOptions& options) {
  gluino::kv::KVStore store =
      failing_with(Exit::wrong_use, [&] { return gluino::kv::create(options.kvstore); });
  store.set_stop_check(is_waiting_too_long);
  return store;
}

Console::Volume volume_of(const TrainCommandOptions& options, const gluino::kv::KVStore& store) {
  if (store.rank() > 0) return Console::Volume::silent;
  return options.quiet ? Console::Volume::quiet : Console::Volume::normal;
}

}  // namespace digits
