#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/kvstore/processes/exchange.h>
#include <gluino/ops/elementwise/arithmetic.h>

#include <algorithm>
#include <utility>

namespace gluino::kvstore {
namespace {

// MPI grants 2^15 tags at least.
constexpr std::uint64_t kTags = 1U << 14U;

enum Way : std::uint8_t { heading_out, elements_out, heading_in, elements_in };

bool is_nobody(int worker) { return worker == Step::kNobody; }

}  // namespace

Exchange::Exchange(std::uint64_t number, const std::string& what, std::vector<NDArray> slots,
                   std::vector<Step> steps, NDArray source)
    : slots_(std::move(slots)), steps_(std::move(steps)), source_(std::move(source)) {
  own_.number = number;
  own_.fingerprint = fnv1a(what);
  std::copy_n(what.begin(), std::min(what.size(), kLongestWhat), own_.what.begin());
}

int Exchange::tag() const { return static_cast<int>(own_.number % kTags); }

int Exchange::waits_for() const {
  if (is_done()) return Step::kNobody;
  const Step& step = steps_[step_];
  return is_nobody(step.from) ? step.to : step.from;
}

NDArray Exchange::part(int slot, const Range& range) const {
  return slots_[static_cast<std::size_t>(slot)].slice_view(range.begin, range.end);
}

bool Exchange::advance(mpi::World& world) {
  const autograd::Scope scope = autograd::pause();
  while (!is_done()) {
    if (stage_ == Stage::at_rest) begin(world);
    if (stage_ == Stage::under_way && world.is_done(transfers_[heading_in])) read_heading(world);
    bool done = stage_ == Stage::elements_under_way;
    for (mpi::Transfer& transfer : transfers_) done = world.is_done(transfer) && done;
    if (!done) return false;
    end();
  }
  return true;
}

void Exchange::begin(mpi::World& world) {
  const Step& step = steps_[step_];
  stage_ = is_nobody(step.from) ? Stage::elements_under_way : Stage::under_way;
  if (!is_nobody(step.from)) {
    transfers_[heading_in] =
        world.receive(mpi::Channel::arrays, &received_, sizeof(received_), step.from, tag());
  }
  if (is_nobody(step.to)) return;
  sent_ = own_;
  sent_.elements = step.send.size();
  transfers_[heading_out] = world.send(mpi::Channel::arrays, &sent_, sizeof(sent_), step.to, tag());
  if (step.send.size() == 0) return;
  const NDArray elements = reads_source() ? source_.slice_view(step.send.begin, step.send.end)
                                          : part(step.send_slot, step.send);
  transfers_[elements_out] =
      world.send(mpi::Channel::arrays, elements.data(), elements.bytes(), step.to, tag());
}

void Exchange::read_heading(mpi::World& world) {
  const Step& step = steps_[step_];
  received_.what.back() = '\0';
  const bool differ_further_on =
      received_.what == own_.what && received_.fingerprint != own_.fingerprint;
  check(received_.number == own_.number && received_.what == own_.what && !differ_further_on &&
            received_.elements == step.receive.size(),
        "kvstore: workers must do the same in the same order: worker ", step.from, " does ",
        received_.what.data(), ", its number ", received_.number, " (", received_.elements,
        " elements), where this one does ", what(), ", its number ", own_.number, " (",
        step.receive.size(), " elements)",
        differ_further_on ? "; the lists go on, and differ further on" : "");
  stage_ = Stage::elements_under_way;
  if (step.receive.size() == 0) return;
  NDArray target = part(step.receive_slot, step.receive);
  if (step.adds && !reads_source()) {
    if (!arrived_.defined() || arrived_.size() < step.receive.size()) {
      arrived_ = NDArray(Shape{step.receive.size()}, target.dtype(), target.context());
    }
    target = arrived_.slice_view(0, step.receive.size());
  }
  transfers_[elements_in] =
      world.receive(mpi::Channel::arrays, target.data(), target.bytes(), step.from, tag());
}

void Exchange::end() {
  const Step& step = steps_[step_];
  const bool within = is_nobody(step.from) && is_nobody(step.to);
  if (step.receive.size() > 0 && (within || !is_nobody(step.from))) {
    NDArray target = part(step.receive_slot, step.receive);
    if (within) {
      target += part(step.send_slot, step.send);
    } else if (reads_source()) {
      // a + b and b + a have the same bits.
      target += source_.slice_view(step.receive.begin, step.receive.end);
    } else if (step.adds) {
      target += arrived_.slice_view(0, step.receive.size());
    } else {
      target.note_change();
    }
  }
  stage_ = Stage::at_rest;
  ++step_;
}

}  // namespace gluino::kvstore
