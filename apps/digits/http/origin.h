#pragma once

#include <apps/digits/http/http_message.h>

#include <string>
#include <string_view>
#include <vector>

/// Which pages may have a browser send something here.
namespace digits::serving {

struct OriginRules {
  /// Only this machine is listened to: then a name that is not its own in the Host field is that
  /// of a page elsewhere, whose name was made to lead here (DNS rebinding).
  bool is_local = true;
  /// More names under which the server may be asked, such as that of a proxy in front.
  std::vector<std::string> hosts{};
};

/// Throws Refusal with 403 when a request that changes or computes something comes from a page of
/// another origin, or asks for another host.
void check_origin(const Request& request, const OriginRules& rules);

}  // namespace digits::serving
