#include <apps/digits/http/origin.h>
#include <gluino/base/text.h>

#include <algorithm>

namespace digits::serving {
namespace {

// "localhost:8080" or "[::1]:8080" without the port.
std::string_view without_port(std::string_view authority) {
  const std::size_t behind_address = authority.starts_with('[') ? authority.find(']') : 0;
  if (behind_address == std::string_view::npos) return authority;
  return authority.substr(0, authority.find(':', behind_address));
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

void check_origin(const Request& request, const OriginRules& rules) {
  const std::string authority = gluino::lower_case(request.host);
  const std::string_view host = without_port(authority);
  const bool is_named =
      std::find(rules.hosts.begin(), rules.hosts.end(), host) != rules.hosts.end();
  const bool is_restricted = rules.is_local || !rules.hosts.empty();
  // HTTP/1.0 without a Host is no browser's.
  if (is_restricted && !host.empty() && !is_this_machine(host) && !is_named) {
    throw Refusal(403, "expected a request to localhost or a name given by --allow-host, found '" +
                           request.host + "' in the Host field");
  }
  if (request.origin.empty()) return;
  const std::string origin = gluino::lower_case(request.origin);
  if (origin != "http://" + authority && origin != "https://" + authority) {
    throw Refusal(403, "expected a request from this server's own page, found one from '" +
                           request.origin + "'");
  }
}

}  // namespace digits::serving
