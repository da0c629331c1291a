// Loaded before a program: gives it the locale that its user, or a library, might set.
#include <clocale>
#include <locale>
#include <string>

namespace {

class Foreign : public std::numpunct<char> {
 protected:
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\1\2"; }
};

[[gnu::constructor]] void set_locale() {
  std::locale::global(std::locale(std::locale::classic(), new Foreign));
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) return;
  }
}

}  // namespace
