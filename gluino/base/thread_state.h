#pragma once

#include <gluino/base/context.h>
#include <gluino/base/dtype.h>
#include <gluino/base/export.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gluino {

class KernelNotes;
class Recorder;
class ReadObserver;
namespace gluon {
struct NameCounters;
}
namespace sym {
class NameManager;
}

/// How operators run on this thread.
struct Mode {
  /// Null when nothing is recorded.
  Recorder* recorder = nullptr;
  /// Layers such as Dropout behave as in training.
  bool training = false;
  /// Operators find shapes and make their outputs, but compute nothing: for a run that is only
  /// watched.
  bool dry_run = false;
  /// Labels that are no class are refused; see LabelCheck.
  bool check_labels = true;
  /// The layer that is running, for error messages: "[Convolution conv1] ...".
  std::string_view layer{};
};

/// Everything that scopes set for the thread they live on, in whichever room they are. Taken and
/// given as a whole where work goes on on another thread: a loader's worker, a server's request, a
/// thread of Python's. What it points to belongs to the scopes that are open, which must outlive
/// its use, and to one thread at a time.
struct ThreadState {
  Mode mode;
  /// Where arrays are made when nothing is said; see ContextScope.
  Context context;
  /// What products are computed in, if not what the process says; see amp::Scope.
  std::optional<DType> products;
  /// Hears of reads of arrays; and how many tracers are at work: see graph/run/tracer.h.
  ReadObserver* read_observer = nullptr;
  int tracers = 0;
  /// How many gluon::EagerScope there are.
  int eager_scopes = 0;
  /// How new layers, and new nodes of symbols, are named; null until the first asks.
  std::shared_ptr<gluon::NameCounters> layer_names;
  sym::NameManager* node_names = nullptr;
  /// What random changes of samples follow; see gluon::data::AugmentationScope.
  std::optional<std::uint64_t> epoch_seed;
  /// Hears which ways kernels take.
  KernelNotes* kernel_notes = nullptr;
  /// Attributes of new nodes; null: none. See sym::AttrScope.
  std::shared_ptr<const std::map<std::string, std::string>> attributes;
};

/// This thread's.
GLUINO_API ThreadState& thread_state();

inline Mode& current_mode() { return thread_state().mode; }

/// Gives this thread a state, and puts back what was before at the end of its life.
class GLUINO_API ThreadStateScope {
 public:
  explicit ThreadStateScope(ThreadState state);
  ThreadStateScope(const ThreadStateScope&) = delete;
  ThreadStateScope& operator=(const ThreadStateScope&) = delete;
  ~ThreadStateScope();

 private:
  ThreadState before_;
};

/// While it lives, arrays on this thread are made at `context` when nothing else is said:
///
///     const ContextScope scope(cpu(1));
///
/// Throws Error where there is no such device.
class [[nodiscard]] GLUINO_API ContextScope {
 public:
  explicit ContextScope(const Context& context);
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope() { thread_state().context = before_; }

 private:
  Context before_;
};

}  // namespace gluino
