#include <apps/digits/reports/html.h>
#include <gluino/base/error.h>
#include <gluino/viz/utf8.h>
#include <openssl/evp.h>

#include <utility>

namespace digits::reports {
namespace {

using gluino::str;
using gluino::viz::escaped;

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

std::string section(std::string_view title, std::string_view content) {
  return str("<section>\n<h2>", escaped(title), "</h2>\n", content, "</section>\n");
}

std::string paragraph(std::string_view text) { return str("<p>", escaped(text), "</p>\n"); }

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"wide\"><table>\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    html += i == 0 ? "<thead><tr>" : "<tr>";
    for (std::size_t k = 0; k < rows[i].size(); ++k) {
      const char* scope = i == 0 ? " scope=\"col\"" : " scope=\"row\"";
      const bool is_head = i == 0 || k == 0;
      html += is_head ? str("<th", scope, ">", escaped(rows[i][k]), "</th>")
                      : str("<td>", escaped(rows[i][k]), "</td>");
    }
    html += i == 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string list_of_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string html = "<dl>\n";
  for (const auto& [name, value] : pairs) {
    html += str("<div><dt>", escaped(name), "</dt><dd>", escaped(value), "</dd></div>\n");
  }
  return html + "</dl>\n";
}

std::string figure(std::string_view png, int width, std::string_view caption) {
  return str("<figure><img alt=\"", escaped(caption), "\" width=\"", width,
             "\" src=\"data:image/png;base64,", base64(png), "\">",
             caption.empty() ? "" : str("<figcaption>", escaped(caption), "</figcaption>"),
             "</figure>\n");
}

std::string page(std::string_view title, std::string_view css, std::string_view body) {
  return str(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "img-src data:; style-src 'unsafe-inline'\">\n<title>",
      escaped(title), "</title>\n<style>\n", css, "</style>\n</head>\n<body>\n<main>\n", body,
      "</main>\n</body>\n</html>\n");
}

}  // namespace digits::reports
