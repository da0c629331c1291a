#include <gluino/base/error.h>
#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/base/text.h>
#include <gluino/graph/run/explain.h>
#include <gluino/kernels/cpu/support/instruction_set.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace gluino::graph {
namespace {

const char* kind_of(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::forward:
      return "forward";
    case Step::Kind::gradient:
      return "gradient";
    case Step::Kind::view:
      return "view";
    case Step::Kind::copy:
      return "copy";
    case Step::Kind::zero:
      return "zero";
    case Step::Kind::add:
      return "add";
  }
  return "";
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

const Slot* first_result(const Plan& plan, const Step& step) {
  const SlotRange& range = step.in_grad.count > 0 ? step.in_grad : step.out;
  for (int i = 0; i < range.count; ++i) {
    const Slot& slot = plan.slots[static_cast<std::size_t>(range.begin + i)];
    if (slot.buffer >= 0) return &slot;
  }
  return nullptr;
}

// "in place", "at 1 234 KiB", "given": where the result of a step stands.
std::string place_of(const Plan& plan, const Step& step) {
  const Slot* slot = first_result(plan, step);
  if (slot == nullptr) return "";
  const Buffer& buffer = plan.buffers[static_cast<std::size_t>(slot->buffer)];
  if (buffer.external >= 0) return "given array";
  const SlotRange& sources = step.kind == Step::Kind::gradient ? step.out_grad : step.in;
  for (int i = 0; i < sources.count; ++i) {
    const Slot& source = plan.slots[static_cast<std::size_t>(sources.begin + i)];
    if (source.buffer < 0) continue;
    const Buffer& from = plan.buffers[static_cast<std::size_t>(source.buffer)];
    if (from.external < 0 && from.offset == buffer.offset && step.kind != Step::Kind::view) {
      return "in place";
    }
  }
  return str("at ", buffer.offset / 1024, " KiB");
}

std::string padded(const std::string& text, std::size_t width, bool right = false) {
  const std::size_t missing = width > text.size() ? width - text.size() : 0;
  return right ? std::string(missing, ' ') + text : text + std::string(missing, ' ');
}

// The columns before it are text, it and those after it numbers.
constexpr std::size_t kFirstNumber = 6;

std::string row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text += padded(cells[i], widths[i], i >= kFirstNumber) + (i + 1 < cells.size() ? "  " : "\n");
  }
  return text;
}

using Rows = std::vector<std::vector<std::string>>;

// What was seen of one step.
struct Profile {
  std::vector<double> seconds;
  /// Which ways its kernels told.
  std::string ways;
};
using Profiles = std::vector<Profile>;

// Runs all steps once: first to hear the kernels' notes, and for the caches, later for the time.
class Profiler {
 public:
  Profiler(GraphRun& run, bool training)
      : run_(run),
        training_(training),
        forward_(run.plan().forward.size()),
        backward_(training ? run.plan().backward.size() : 0) {}

  void listen() {
    run_all([](Profile& profile, FunctionRef<void()> run_step) {
      const KernelNotes notes;
      run_step();
      profile.ways = notes.text();
    });
  }

  void measure() {
    using Clock = std::chrono::steady_clock;
    run_all([](Profile& profile, FunctionRef<void()> run_step) {
      const auto begin = Clock::now();
      run_step();
      profile.seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    });
  }

  const Profiles& forward() const { return forward_; }
  const Profiles& backward() const { return backward_; }

  double total() const {
    double total = 0;
    for (const Profile& profile : forward_) total += median(profile.seconds);
    for (const Profile& profile : backward_) total += median(profile.seconds);
    return total;
  }

 private:
  void run_all(void (*observe)(Profile&, FunctionRef<void()>)) {
    run_.forward_through(training_, [&](std::size_t i, FunctionRef<void()> run_step) {
      observe(forward_[i], run_step);
    });
    if (backward_.empty()) return;
    run_.backward_through(
        [&](std::size_t i, FunctionRef<void()> run_step) { observe(backward_[i], run_step); });
  }

  GraphRun& run_;
  bool training_;
  Profiles forward_, backward_;
};

void add_rows(const Plan& plan, const std::vector<Step>& steps, const Profiles& profiles,
              double total, Rows& rows) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const Slot* result = first_result(plan, step);
    const double seconds = median(profiles[i].seconds);
    rows.push_back({kind_of(step.kind), step.node == nullptr ? "" : step.node->name,
                    step.node == nullptr ? "" : step.node->op->name, profiles[i].ways,
                    result == nullptr ? "" : result->shape.to_string(), place_of(plan, step),
                    fixed(seconds * 1e6, 0), fixed(100 * seconds / total, 1)});
  }
}

}  // namespace

std::string explain(GraphRun& run, const ExplainOptions& options) {
  check(options.runs > 0, "explain: runs: expected at least 1, got ", options.runs);
  const Plan& plan = run.plan();
  Profiler profiler(run, options.train);
  profiler.listen();
  for (int i = 0; i < options.runs; ++i) profiler.measure();
  const double total = profiler.total();
  Rows rows = {{"step", "nodes", "operator", "kernel", "result", "memory", "us", "%"}};
  add_rows(plan, plan.forward, profiler.forward(), total, rows);
  if (options.train) add_rows(plan, plan.backward, profiler.backward(), total, rows);
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (const auto& cells : rows) text += row(cells, widths);
  text += str("All steps: ", fixed(total * 1e6, 0), " us on ", num_threads(),
              num_threads() == 1 ? " thread" : " threads", ", ", kernels::instruction_set(),
              ". Memory: ", plan.memory.planned_bytes / 1024, " KiB planned, ",
              plan.memory.naive_bytes / 1024, " KiB if every result had its own.\n");
  return text;
}

}  // namespace gluino::graph
