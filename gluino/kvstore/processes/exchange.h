#pragma once

#include <gluino/kvstore/processes/mpi.h>
#include <gluino/kvstore/processes/schedule.h>
#include <gluino/ndarray/ndarray.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gluino::kvstore {

/// One thing that all workers do together, on arrays of one axis and one type: steps that are made
/// one after the other, without waiting.
class Exchange {
 public:
  /// `number`: all workers do the same things in the same order. `what` says in messages what this
  /// is; it must be the same for all, and is compared as a whole, though a message may have only
  /// its beginning. `source`, if there is one, has what the first slot would begin with, which may
  /// be anything then: the first step, which must add, reads the source, and all steps together
  /// write the whole slot.
  Exchange(std::uint64_t number, const std::string& what, std::vector<NDArray> slots,
           std::vector<Step> steps, NDArray source = {});
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Goes on as far as it can; true when all steps are done. Throws Error where another worker does
  /// something else at this point.
  bool advance(mpi::World& world);
  bool is_done() const { return step_ == steps_.size(); }
  std::string what() const { return own_.what.data(); }
  /// The worker that it waits for, or Step::kNobody.
  int waits_for() const;

 private:
  static constexpr std::size_t kLongestWhat = 103;

  // Goes before the elements of each message.
  struct Heading {
    std::uint64_t number = 0;
    std::int64_t elements = 0;
    /// Of `what`, which may be longer than there is room for.
    std::uint64_t fingerprint = 0;
    std::array<char, kLongestWhat + 1> what{};
  };

  void begin(mpi::World& world);
  void read_heading(mpi::World& world);
  void end();
  NDArray part(int slot, const Range& range) const;
  bool reads_source() const { return step_ == 0 && source_.defined(); }
  int tag() const;

  Heading own_;
  Heading sent_;
  Heading received_;
  std::vector<NDArray> slots_;
  std::vector<Step> steps_;
  NDArray source_;
  std::size_t step_ = 0;
  enum class Stage { at_rest, under_way, elements_under_way } stage_ = Stage::at_rest;
  std::array<mpi::Transfer, 4> transfers_{};
  // Where what is to be added arrives.
  NDArray arrived_;
};

}  // namespace gluino::kvstore
