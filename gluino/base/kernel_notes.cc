#include <gluino/base/kernel_notes.h>
#include <gluino/base/text.h>
#include <gluino/base/thread_state.h>

#include <algorithm>

namespace gluino {

KernelNotes::KernelNotes() : before_(std::exchange(thread_state().kernel_notes, this)) {}
KernelNotes::~KernelNotes() { thread_state().kernel_notes = before_; }

KernelNotes* KernelNotes::listening() { return thread_state().kernel_notes; }

void KernelNotes::add(std::string note) {
  if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) {
    notes_.push_back(std::move(note));
  }
}

std::string KernelNotes::text() const { return join(notes_); }

}  // namespace gluino
