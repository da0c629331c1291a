#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

/// `digits serve`, started on a free port of this machine, and ended with its owner.
class ServerProcess {
 public:
  /// `command` is the program and its options. Throws Error when it does not listen.
  explicit ServerProcess(std::vector<std::string> command);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  std::uint16_t port() const { return port_; }
  /// What it has in memory, in MiB.
  double memory() const;
  /// What it has used of the processor, in seconds.
  double processor_seconds() const;
  /// SIGTERM; the exit code, or -1 where a signal ended it.
  int end();

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};
