// docs/onnx.md lists the table of what is translated; onnx_cases prints the lists anew.
#include <gluino/base/file.h>
#include <gtest/gtest.h>

#include <sstream>

#include "onnx/run_model.h"

namespace gluino {
namespace {

std::vector<std::string> listed(const std::string& mark) {
  const std::string text = read_file(ONNX_DOCUMENT);
  const std::size_t begin = text.find("<!-- " + mark + " -->");
  const std::size_t end = text.find("<!-- end -->", begin);
  check(begin != std::string::npos && end != std::string::npos, "no list ", mark);
  std::istringstream words(text.substr(begin, end - begin));
  std::vector<std::string> names;
  for (std::string word; words >> word;) {
    if (word.front() == '`') names.push_back(word.substr(1, word.rfind('`') - 1));
  }
  return names;
}

TEST(OnnxDocument, ListsWhatIsTranslated) {
  EXPECT_EQ(listed("written"), onnx::written_operators());
  EXPECT_EQ(listed("read"), onnx::read_operators());
}

}  // namespace
}  // namespace gluino
