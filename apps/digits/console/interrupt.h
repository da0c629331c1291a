#pragma once

#include <apps/digits/console/failure.h>

/// Ctrl-C, and SIGTERM, by which a cluster ends a program. The first one asks the program to stop
/// at the next safe place; the second one of a kind kills it.
namespace digits::interrupt {

/// From now on the signals are noted instead of killing the program.
void install();

/// True once one has come.
bool requested();
/// How a program that one of them stopped ends: Exit::interrupted or Exit::terminated.
Exit exit_code();

/// Throws gluino::io::Interrupted if requested().
void check();

/// While it lives, Ctrl-C ends the program at once with Exit::interrupted: for long work that
/// leaves nothing half done behind, such as reading data. Throws as check() does.
class [[nodiscard]] StopAtOnce {
 public:
  StopAtOnce();
  StopAtOnce(const StopAtOnce&) = delete;
  StopAtOnce& operator=(const StopAtOnce&) = delete;
  ~StopAtOnce();
};

}  // namespace digits::interrupt
