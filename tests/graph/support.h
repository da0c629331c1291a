#pragma once

#include <gluino/graph/run/plan.h>

#include <utility>

namespace gluino::testing {

/// Graphs compiled while it lives are what the user wrote, operator by operator: with the bits of
/// eager calls.
class WithoutPasses {
 public:
  WithoutPasses() : before_(std::exchange(graph::passes_enabled(), false)) {}
  WithoutPasses(const WithoutPasses&) = delete;
  WithoutPasses& operator=(const WithoutPasses&) = delete;
  ~WithoutPasses() { graph::passes_enabled() = before_; }

 private:
  bool before_;
};

}  // namespace gluino::testing
