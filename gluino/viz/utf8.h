#pragma once

#include <gluino/base/export.h>

#include <cstddef>
#include <string>
#include <string_view>

/// Texts as pictures and pages show them.
namespace gluino::viz {

/// The bytes of the character in UTF-8 that begins at text[i]; 0 if none does.
std::size_t character_length(std::string_view text, std::size_t i);

/// The characters of a text. What is no UTF-8, and what controls a terminal, becomes U+FFFD.
std::u32string characters(std::string_view text);

/// The text as what XML and HTML show: markup becomes plain, what they cannot hold U+FFFD.
GLUINO_API std::string escaped(std::string_view text);

}  // namespace gluino::viz
