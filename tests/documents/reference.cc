// The reference of operators (tools/reference) is whole, and its lines of C++ run.
#include <gluino/gluino.h>
#include <gmock/gmock.h>

#include <set>

#include "documents/reference_lines.h"
#include "reference/example.h"
#include "reference/pages.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;

// What a reader of an option or an operator is told: words, and a sentence's end.
void expect_sentence(const std::string& text) {
  EXPECT_GT(text.size(), 2U);
  EXPECT_TRUE(text.ends_with('.') || text.ends_with('?')) << text;
}

TEST(Reference, EveryOperatorHasASentenceAndALine) {
  std::set<std::string> told;
  for (const ReferenceLine& line : reference_lines()) told.insert(line.op);
  for (const Op* op : Op::all()) {
    SCOPED_TRACE(op->name);
    expect_sentence(op->doc);
    for (const Field& field : op->fields) {
      SCOPED_TRACE(field.name);
      expect_sentence(field.doc);
    }
    EXPECT_NO_THROW(reference::example_of(*op));
    EXPECT_NE(told.contains(op->name), !reference::why_no_call(*op).empty());
  }
}

TEST(Reference, EveryOperatorStandsOnAPage) {
  const auto families = reference::families(DOCUMENTS_ROOT);
  const std::string index = reference::index_of(families, "");
  std::size_t count = 0;
  for (const reference::Family& family : families) {
    SCOPED_TRACE(family.title);
    EXPECT_FALSE(family.operators.empty());
    const std::string list = page_of(family);
    for (const Op* op : family.operators) {
      ++count;
      EXPECT_THAT(index, HasSubstr(" \"" + op->name + "\""));
      EXPECT_THAT(list, HasSubstr("\\subpage operator_" + op->name + " |"));
    }
  }
  EXPECT_EQ(count, Op::all().size());
}

TEST(Reference, APageTellsInputsOptionsTypesAndGradient) {
  const std::string page = reference::page_of(Op::get("Pooling"));
  EXPECT_THAT(page, HasSubstr("# Pooling {#operator_Pooling}"));
  EXPECT_THAT(page, HasSubstr("Inputs: `data`."));
  EXPECT_THAT(page, HasSubstr("| `pool_type` | `max` |"));
  EXPECT_THAT(page, HasSubstr("float32"));
  EXPECT_THAT(page, HasSubstr("mx.nd.Pooling("));
  EXPECT_THAT(reference::page_of(Op::get("tanh")), HasSubstr("`dy * (1 - y * y)`"));
  EXPECT_THAT(reference::page_of(Op::get("argmax")), HasSubstr("No gradient."));
}

TEST(Reference, LinesRun) {
  random::seed(3);
  for (const ReferenceLine& line : reference_lines()) {
    SCOPED_TRACE(line.op);
    EXPECT_NO_THROW(line.run());
  }
}

}  // namespace
}  // namespace gluino
