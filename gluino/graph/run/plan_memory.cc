#include <gluino/graph/run/plan.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

namespace gluino::graph {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t rounded(std::size_t bytes) {
  return std::max<std::size_t>(1, (bytes + kAlignment - 1) / kAlignment) * kAlignment;
}

/// Hands out places in one long block, the lowest that is large enough first.
class Places {
 public:
  std::size_t take(std::size_t bytes) {
    for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
      const auto [offset, size] = *gap;
      if (size < bytes) continue;
      gaps_.erase(gap);
      if (size > bytes) gaps_.emplace(offset + bytes, size - bytes);
      return offset;
    }
    // The last gap may reach the end, so that only what is missing is added.
    std::size_t offset = end_;
    if (!gaps_.empty() && gaps_.rbegin()->first + gaps_.rbegin()->second == end_) {
      offset = gaps_.rbegin()->first;
      gaps_.erase(std::prev(gaps_.end()));
    }
    end_ = offset + bytes;
    return offset;
  }

  void give_back(std::size_t offset, std::size_t bytes) {
    auto next = gaps_.lower_bound(offset);
    if (next != gaps_.end() && offset + bytes == next->first) {
      bytes += next->second;
      next = gaps_.erase(next);
    }
    if (next != gaps_.begin()) {
      const auto before = std::prev(next);
      if (before->first + before->second == offset) {
        before->second += bytes;
        return;
      }
    }
    gaps_.emplace(offset, bytes);
  }

  std::size_t size() const { return end_; }

 private:
  std::map<std::size_t, std::size_t> gaps_;  // offset to size
  std::size_t end_ = 0;
};

class Planner {
 public:
  explicit Planner(Plan& plan) : plan_(plan) {}

  void run() {
    for_steps([&](const Step& step, int number) {
      for_slots(step, [&](const Slot& slot) {
        Buffer& buffer = plan_.buffers[static_cast<std::size_t>(slot.buffer)];
        if (buffer.first_step < 0) buffer.first_step = number;
        buffer.last_step = number;
      });
    });
    placed_.assign(plan_.buffers.size(), false);
    for_steps([&](const Step& step, int number) { place(step, number); });
    plan_.memory.planned_bytes = places_.size();
  }

 private:
  template <class F>
  void for_steps(F f) {
    int number = 0;
    for (const auto* steps : {&plan_.forward, &plan_.backward}) {
      for (const Step& step : *steps) f(step, number++);
    }
  }

  template <class F>
  void for_slots(const Step& step, F f) {
    for (const SlotRange& range : {step.in, step.out, step.out_grad, step.in_grad}) {
      for (int i = 0; i < range.count; ++i) {
        const Slot& slot = plan_.slots[static_cast<std::size_t>(range.begin + i)];
        if (slot.buffer >= 0) f(slot);
      }
    }
  }

  void place(const Step& step, int number) {
    write_in_place(step, number);
    for_slots(step, [&](const Slot& slot) {
      Buffer& buffer = plan_.buffers[static_cast<std::size_t>(slot.buffer)];
      if (buffer.external >= 0 || placed(slot)) return;
      buffer.offset = places_.take(rounded(buffer.bytes));
      plan_.memory.naive_bytes += rounded(buffer.bytes);
      placed(slot) = true;
    });
    // What is touched for the last time makes room for the next step; a step that has no further
    // use for an output, too.
    for_slots(step, [&](const Slot& slot) {
      const Buffer& buffer = plan_.buffers[static_cast<std::size_t>(slot.buffer)];
      if (buffer.external >= 0 || buffer.last_step != number || !placed(slot)) return;
      if (!moved_[slot.buffer]) places_.give_back(buffer.offset, rounded(buffer.bytes));
      moved_[slot.buffer] = true;
    });
  }

  std::vector<bool>::reference placed(const Slot& slot) {
    return placed_[static_cast<std::size_t>(slot.buffer)];
  }

  // Gives the result the memory of the operand when nobody needs that any more and the operator
  // allows it.
  void write_in_place(const Step& step, int number) {
    if (step.node == nullptr || !step.node->op->in_place) return;
    const bool gradient = step.kind == Step::Kind::gradient;
    if (!gradient && step.kind != Step::Kind::forward) return;
    const SlotRange from_range = gradient ? step.out_grad : step.in;
    const SlotRange to_range = gradient ? step.in_grad : step.out;
    const Slot& from = plan_.slots[static_cast<std::size_t>(from_range.begin)];
    const Slot& to = plan_.slots[static_cast<std::size_t>(to_range.begin)];
    if (from.buffer < 0 || to.buffer < 0 || from.buffer == to.buffer || placed(to)) return;
    const Buffer& source = plan_.buffers[static_cast<std::size_t>(from.buffer)];
    Buffer& target = plan_.buffers[static_cast<std::size_t>(to.buffer)];
    if (source.external >= 0 || target.external >= 0 || source.last_step != number) return;
    if (source.bytes != target.bytes || uses(step, from.buffer) > 1) return;
    // A second gradient would be computed from what the first has overwritten.
    if (gradient && wanted(step.in_grad) > 1) return;
    target.offset = source.offset;
    placed(to) = true;
    moved_[from.buffer] = true;
    plan_.memory.naive_bytes += rounded(target.bytes);
  }

  int uses(const Step& step, int buffer) {
    int count = 0;
    for_slots(step, [&](const Slot& slot) { count += slot.buffer == buffer ? 1 : 0; });
    return count;
  }

  int wanted(const SlotRange& range) const {
    int count = 0;
    for (int i = 0; i < range.count; ++i) {
      count += plan_.slots[static_cast<std::size_t>(range.begin + i)].buffer >= 0 ? 1 : 0;
    }
    return count;
  }

  Plan& plan_;
  Places places_;
  std::vector<bool> placed_;
  /// Buffers whose memory is another's by now.
  std::map<int, bool> moved_;
};

}  // namespace

void plan_memory(Plan& plan) { Planner(plan).run(); }

}  // namespace gluino::graph
