#pragma once

/// Ctrl-C. The first one asks the program to stop at the next safe place; the second one kills it.
namespace digits::interrupt {

/// From now on Ctrl-C is noted instead of killing the program.
void install();

/// True once Ctrl-C was pressed.
bool requested();

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
