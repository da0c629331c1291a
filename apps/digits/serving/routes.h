#pragma once

#include <apps/digits/http/target.h>
#include <apps/digits/serving/engine.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What can be asked: one table, from which requests are answered and the description is made.
namespace digits::serving {

class Service;

struct Route;

/// Where a request leads.
struct Destination {
  /// Null where there is no such path, or it takes other methods.
  const Route* route = nullptr;
  Target target{};
  /// What stands in the path for {name} and {version}, in this order.
  std::vector<std::string> names{};
};

/// A request on its way to its answer.
struct Exchange {
  Request& request;
  const Destination& destination;
  Ticket ticket = 0;
};

/// A body that is taken or given: its media type, and its schema in the description.
struct Content {
  std::string_view type;
  std::string_view schema;
};

struct QueryParameter {
  std::string_view name;
  std::string_view description;
};

struct Route {
  /// "GET", which answers HEAD, too; or "POST".
  std::string_view method;
  /// "/v2/models/{name}/infer".
  std::string_view path;
  /// The answer, or nothing where it comes later, with the exchange's ticket.
  std::optional<Response> (Service::*answer)(Exchange&);
  /// Answered while the server is going down, too.
  bool tells_state = false;
  std::string_view operation;
  std::string_view summary;
  std::vector<QueryParameter> query{};
  std::vector<Content> takes{};
  int status = 200;
  Content gives{};
  /// Statuses that it may be refused with, besides those that any request may.
  std::vector<int> refusals{};
};

/// All routes.
std::span<const Route> routes();

/// The route for a method and a path; `names` gets what stands for its names. Throws Refusal: 404
/// where there is no such path, 405 where it takes other methods.
const Route& find_route(std::string_view method, const Target& target,
                        std::vector<std::string>& names);

/// The description of all routes as OpenAPI 3.0 has it.
std::string openapi_json();

}  // namespace digits::serving
