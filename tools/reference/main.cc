// Writes the reference:
//
//     reference pages FOLDER     Markdown for Doxygen: a page per operator, class and family
//     reference cpp FILE         all lines of C++ as a program that runs them
//     reference python FILE      all lines of Python, one per line
//
// Run in the project's root, whose sources say which corner an operator belongs to.

#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/ops/core/op.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include "reference/classes.h"
#include "reference/example.h"
#include "reference/pages.h"

namespace gluino::reference {
namespace {

void write_pages(const std::filesystem::path& folder) {
  const auto all = families(".");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::filesystem::path classes = "docs/reference";
  write_file((folder / "reference.md").string(), index_of(all, class_index(classes)));
  for (const auto& [name, text] : class_pages(classes)) {
    write_file((folder / (name + ".md")).string(), text);
  }
  for (const Family& family : all) {
    write_file((folder / ("operators_" + family.file + ".md")).string(), page_of(family));
    for (const Op* op : family.operators) {
      write_file((folder / (op->name + ".md")).string(), page_of(*op));
    }
  }
}

std::optional<Example> example_if_any(const Op& op) {
  try {
    return example_of(op);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string cpp_lines() {
  std::string text = "#include \"documents/reference_lines.h\"\n\nnamespace gluino {\n\n";
  text += "const std::vector<ReferenceLine>& reference_lines() {\n";
  text += "  static const std::vector<ReferenceLine> all = {\n";
  for (const Op* op : Op::all()) {
    // One without an example is for the test to say, not for the build.
    if (const auto example = example_if_any(*op)) {
      text += "      {\"" + op->name + "\", [] { " + example->cpp + " }},\n";
    }
  }
  return text + "  };\n  return all;\n}\n\n}  // namespace gluino\n";
}

std::string python_lines() {
  std::string text;
  for (const Op* op : Op::all()) {
    if (const auto example = example_of(*op)) text += example->python + "\n";
  }
  return text;
}

}  // namespace
}  // namespace gluino::reference

int main(int argc, char** argv) {
  using namespace gluino::reference;
  try {
    gluino::check(argc == 3, "usage: reference pages|cpp|python PATH");
    const std::string what = argv[1];
    if (what == "pages") {
      write_pages(argv[2]);
    } else {
      gluino::check(what == "cpp" || what == "python", "pages, cpp or python, not ", what);
      gluino::write_file(argv[2], what == "cpp" ? cpp_lines() : python_lines());
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reference: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
