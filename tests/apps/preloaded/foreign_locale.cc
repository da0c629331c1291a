// Loaded before a program: gives it the locale that its user, or a library, might set.
#include <foreign_locale.h>

namespace {

[[gnu::constructor]] void set_locale() { gluino::set_foreign_locale(); }

}  // namespace
