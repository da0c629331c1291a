#pragma once

#include <gluino/base/error.h>
#include <gluino/base/export.h>

#include <string>
#include <utility>
#include <vector>

namespace gluino {

/// While it lives, collects what the kernels that its thread calls tell with note_kernel. Those
/// that lived before on this thread hear nothing meanwhile.
class GLUINO_API KernelNotes {
 public:
  KernelNotes();
  ~KernelNotes();
  KernelNotes(const KernelNotes&) = delete;
  KernelNotes& operator=(const KernelNotes&) = delete;

  /// Each note once, in the order in which they came: "columns, product 20 x 25 x 576".
  std::string text() const;

  /// Null when nobody listens on this thread.
  static KernelNotes* listening();
  void add(std::string note);

 private:
  std::vector<std::string> notes_;
  KernelNotes* before_;
};

/// For a kernel that has several ways: tells which one it takes, and in which layout, to whoever
/// asks (Executor::explain). Costs next to nothing when nobody does.
template <class... Parts>
void note_kernel(const Parts&... parts) {
  if (KernelNotes* const notes = KernelNotes::listening()) [[unlikely]] {
    notes->add(str(parts...));
  }
}

}  // namespace gluino
