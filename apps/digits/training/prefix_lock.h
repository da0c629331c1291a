#pragma once

#include <string>

namespace digits {

/// The right to write the checkpoints of a prefix: a lock on PREFIX.lock, which ends with the
/// process however that ends. The file goes with the lock's end; one without a lock means nothing.
class PrefixLock {
 public:
  /// Throws Failure with Exit::wrong_use when another process has it.
  explicit PrefixLock(const std::string& prefix);
  PrefixLock(const PrefixLock&) = delete;
  PrefixLock& operator=(const PrefixLock&) = delete;
  ~PrefixLock();

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace digits
