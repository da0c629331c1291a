#pragma once

#include <gluino/base/error.h>
#include <gtest/gtest.h>

#include <string>

namespace gluino::testing {

/// What the Error says that a function throws. The test fails where it throws none.
template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

}  // namespace gluino::testing
