#include <gluino/base/thread_state.h>

#include <utility>

namespace gluino {

namespace {

// Found without a call and without a guard, which every operator would pay several times. Eight
// bytes of a thread's static memory are left for that wherever the library is loaded late.
[[gnu::tls_model("initial-exec")]] constinit thread_local ThreadState* known = nullptr;

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
