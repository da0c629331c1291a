#include <gluino/base/error.h>
#include <gluino/viz/graphviz.h>
#include <gluino/viz/run_program.h>
#include <gluino/viz/utf8.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

namespace gluino::viz {
namespace {

// All that come out of a program as bytes, of any version; x11 and the like open a window.
constexpr std::string_view kFormats[] = {
    "svg",      "png",       "pdf",      "bmp",     "canon",   "cgimage",  "cmap", "cmapx",
    "cmapx_np", "dot",       "dot_json", "eps",     "exr",     "fig",      "gd",   "gd2",
    "gif",      "gv",        "ico",      "imap",    "imap_np", "ismap",    "jp2",  "jpe",
    "jpeg",     "jpg",       "json",     "json0",   "mp",      "pct",      "pic",  "pict",
    "plain",    "plain-ext", "pov",      "ps",      "ps2",     "psd",      "sgi",  "svg_inline",
    "svgz",     "tga",       "tif",      "tiff",    "tk",      "vml",      "vmlz", "vrml",
    "wbmp",     "webp",      "xdot",     "xdot1.2", "xdot1.4", "xdot_json"};
constexpr std::string_view kEngines[] = {"dot",   "neato", "fdp",   "sfdp",
                                         "circo", "twopi", "osage", "patchwork"};
// A drawing of a network takes well under a second; one of thousands of layers takes some.
constexpr std::chrono::seconds kMostTime{120};
constexpr std::size_t kMostOutput = 512 << 20;
constexpr std::size_t kMostErrorText = 500;

bool is_one_of(std::span<const std::string_view> known, std::string_view word) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

void check_one_of(std::span<const std::string_view> known, const char* what,
                  const std::string& word) {
  if (is_one_of(known, word)) return;
  std::string all;
  for (const std::string_view each : known) all.append(all.empty() ? "" : ", ").append(each);
  fail("ValueError: plot_network: unknown ", what, " '", word, "': expected ", all);
}

// What a program says, in one line of UTF-8: it may speak the language of another locale.
std::string one_line(const std::string& text) {
  std::string line;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    const bool is_control = length == 1 && static_cast<unsigned char>(text[i]) < 0x20;
    line += length == 0 ? "?" : is_control ? " " : text.substr(i, length);
    if (line.size() > kMostErrorText) return line + "...";
    i += std::max<std::size_t>(length, 1);
  }
  while (line.ends_with(' ')) line.pop_back();
  return line.empty() ? "no explanation" : line;
}

}  // namespace

bool is_graphviz_format(const std::string& format) { return is_one_of(kFormats, format); }

void check_graphviz_format(const std::string& format) { check_one_of(kFormats, "format", format); }

void check_graphviz_engine(const std::string& engine) { check_one_of(kEngines, "engine", engine); }

std::string run_graphviz(const std::string& dot, const GraphvizOptions& options) {
  const auto& [format, engine, should_stop] = options;
  check_graphviz_format(format);
  check_graphviz_engine(engine);
  const RunLimits limits{
      .time = kMostTime, .output_bytes = kMostOutput, .should_stop = should_stop};
  const auto result = run_program({engine, "-T" + format}, dot, limits);
  check(result.has_value(), "plot_network: a picture (", format, ") needs the program ", engine,
        " of Graphviz, found none in PATH; install the package graphviz, or save the DOT text, "
        "which needs no program");
  check(result->code == 0 && !result->out.empty(), "plot_network: ", engine, " -T", format,
        " gave no picture: ", one_line(result->err));
  return result->out;
}

}  // namespace gluino::viz
