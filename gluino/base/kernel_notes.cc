#include <gluino/base/kernel_notes.h>
#include <gluino/base/text.h>

#include <algorithm>

namespace gluino {
namespace {

thread_local KernelNotes* current = nullptr;

}  // namespace

KernelNotes::KernelNotes() : before_(std::exchange(current, this)) {}
KernelNotes::~KernelNotes() { current = before_; }

KernelNotes* KernelNotes::listening() { return current; }

void KernelNotes::add(std::string note) {
  if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) {
    notes_.push_back(std::move(note));
  }
}

std::string KernelNotes::text() const { return join(notes_); }

}  // namespace gluino
