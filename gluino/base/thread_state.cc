#include <gluino/base/thread_state.h>

#include <utility>

namespace gluino {

namespace {

// Found without a guard, which every operator would pass several times. Not in a thread's static
// memory: a program that loads the library late, as Python does, has none left for it.
constinit thread_local ThreadState* known = nullptr;

ThreadState& first_asked() {
  static thread_local ThreadState state;
  known = &state;
  return state;
}

}  // namespace

ThreadState& thread_state() { return known != nullptr ? *known : first_asked(); }

ThreadStateScope::ThreadStateScope(ThreadState state)
    : before_(std::exchange(thread_state(), std::move(state))) {}

ThreadStateScope::~ThreadStateScope() { thread_state() = std::move(before_); }

ContextScope::ContextScope(const Context& context) : before_(thread_state().context) {
  check_available(context);
  thread_state().context = context;
}

Context current_context() { return thread_state().context; }

}  // namespace gluino
