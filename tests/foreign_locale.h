#pragma once

#include <clocale>
#include <locale>
#include <string>

namespace gluino {

/// Numbers as 1.23.4,5 and truths as "yes".
class ForeignNumbers : public std::numpunct<char> {
 protected:
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\1\2"; }
  std::string do_truename() const override { return "yes"; }
};

/// Sets the program's locales: C++'s and, where one with a comma is installed, C's. Returns C++'s
/// that was before.
inline std::locale set_foreign_locale() {
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "fr_FR.utf8",
                           "pt_BR.UTF-8", "ru_RU.UTF-8", "da_DK.UTF-8", "tr_TR.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  return std::locale::global(std::locale(std::locale::classic(), new ForeignNumbers));
}

/// The same while it lives.
class ForeignLocale {
 public:
  ForeignLocale() : before_(set_foreign_locale()) {}
  ForeignLocale(const ForeignLocale&) = delete;
  ForeignLocale& operator=(const ForeignLocale&) = delete;
  ~ForeignLocale() {
    std::locale::global(before_);
    std::setlocale(LC_ALL, "C");
  }

 private:
  std::locale before_;
};

}  // namespace gluino
