#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/viz/digraph.h>
#include <gluino/viz/graphviz.h>
#include <gluino/viz/utf8.h>

#include <algorithm>
#include <utility>

namespace gluino::viz {
namespace {

// A string of DOT. Within one only quotes are special to the reader of the language, but
// backslashes are to what draws labels. What pictures cannot hold becomes a question mark.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    const char c = text[i];
    if (c == '\n') {
      result += "\\n";
    } else if (c == '"' || c == '\\') {
      result.append("\\").append(1, c);
    } else if (length == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += '?';
    } else {
      result.append(text, i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  return result + "\"";
}

// In labels "&lt;" would become "<".
std::string quoted_label(const std::string& text) {
  std::string plain;
  for (const char c : text) plain += c == '&' ? std::string("&amp;") : std::string(1, c);
  return quoted(plain);
}

std::string attributes(const std::string& label, const Digraph::Look& look) {
  std::string text = " [label=" + quoted_label(label);
  for (const auto& [name, value] : look) text += str(" ", quoted(name), "=", quoted(value));
  return text + "]\n";
}

std::string ending_of(const std::string& path) {
  const std::size_t dot = path.find_last_of("./");
  return dot == std::string::npos || path[dot] == '/' ? "" : path.substr(dot + 1);
}

}  // namespace

Digraph::Digraph(const std::string& name, std::string format)
    : source_(str("digraph ", quoted(name), " {\n")), format_(std::move(format)) {
  for (const char* kind : {"node", "edge"}) {
    source_ += str("\t", kind, " [fontname=\"DejaVu Sans\" fontsize=", kFontSize, "]\n");
  }
  check_graphviz_format(format_);
}

void Digraph::node(const std::string& id, const std::string& label, const Look& look) {
  source_ += str("\t", quoted(id), attributes(label, look));
}

void Digraph::edge(const std::string& tail, const std::string& head, const std::string& label,
                   const Look& look) {
  source_ += str("\t", quoted(tail), " -> ", quoted(head), attributes(label, look));
}

void Digraph::save(const std::string& path) const { write_file(path, source()); }

std::string Digraph::render(const std::string& path, const std::string& engine) const {
  const std::string ending = ending_of(path);
  if (ending == "dot" || ending == "gv") {
    save(path);
    return path;
  }
  const bool told = is_graphviz_format(ending);
  const std::string file = told ? path : path + "." + format_;
  write_file(file, pipe(told ? ending : format_, engine));
  return file;
}

std::string Digraph::pipe(const std::string& format, const std::string& engine) const {
  return run_graphviz(source(), {.format = format, .engine = engine});
}

}  // namespace gluino::viz
