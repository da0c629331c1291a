#include <gluino/base/thread_state.h>

#include <utility>

namespace gluino {

ThreadState& thread_state() {
  static thread_local ThreadState state;
  return state;
}

ThreadStateScope::ThreadStateScope(ThreadState state)
    : before_(std::exchange(thread_state(), std::move(state))) {}

ThreadStateScope::~ThreadStateScope() { thread_state() = std::move(before_); }

ContextScope::ContextScope(const Context& context) : before_(thread_state().context) {
  check_available(context);
  thread_state().context = context;
}

Context current_context() { return thread_state().context; }

}  // namespace gluino
