#pragma once

#include <gluino/base/error.h>
#include <gluino/io/net/download.h>

#include <string>

namespace digits {

/// How the program ends, as its exit code.
enum class Exit {
  done = 0,
  failed = 1,
  wrong_use = 2,
  data_unusable = 3,
  model_unusable = 4,
  interrupted = 130,
  terminated = 143,
};

/// An error that decides on the exit code.
class Failure : public gluino::Error {
 public:
  Failure(Exit code, const std::string& message) : Error(message), code_(code) {}
  Exit code() const { return code_; }

 private:
  Exit code_;
};

/// Returns action(). An Error of the library in there becomes a Failure with `code`.
template <class Action>
auto failing_with(Exit code, const Action& action) {
  try {
    return action();
  } catch (const Failure&) {
    throw;
  } catch (const gluino::io::Interrupted&) {
    throw;
  } catch (const gluino::Error& error) {
    throw Failure(code, error.what());
  }
}

}  // namespace digits
