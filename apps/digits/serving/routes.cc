#include <apps/digits/serving/routes.h>
#include <apps/digits/serving/service.h>

namespace digits::serving {
namespace {

constexpr Content kDigitsJson = {kJson, "Digits"};
const std::vector<Content> kPictures = {{"image/png", "Bytes"},
                                        {"image/jpeg", "Bytes"},
                                        {"image/bmp", "Bytes"},
                                        {"image/x-portable-graymap", "Bytes"},
                                        {"application/octet-stream", "Image"}};
const QueryParameter kModel = {"model", "Which model; the first one unless given."};
const QueryParameter kLook = {"look",
                              "1: with what the network was given, and the maps of its first two "
                              "convolution layers."};

const std::vector<Route>& table() {
  static const std::vector<Route> all = {
      {.method = "GET",
       .path = "/",
       .answer = &Service::page,
       .operation = "page",
       .summary = "The page to draw on",
       .gives = {"text/html", "Text"}},
      {.method = "POST",
       .path = "/classify",
       .answer = &Service::classify_picture,
       .operation = "classify",
       .summary = "The digits of a picture, from left to right",
       .query = {kModel, kLook},
       .takes = kPictures,
       .gives = kDigitsJson,
       .refusals = {403, 415, 422, 429}},
      {.method = "GET",
       .path = "/settings",
       .answer = &Service::settings,
       .operation = "settings",
       .summary = "The models, and whether corrections are kept",
       .gives = {kJson, "Settings"}},
      {.method = "GET",
       .path = "/gallery",
       .answer = &Service::gallery,
       .operation = "gallery",
       .summary = "Test digits, and those that the model takes for others",
       .query = {kModel},
       .gives = {kJson, "Gallery"}},
      {.method = "POST",
       .path = "/corrections",
       .answer = &Service::keep_correction,
       .operation = "correct",
       .summary = "Keeps a drawing with its right label, where the server was told to",
       .takes = {{kJson, "Correction"}},
       .status = 201,
       .gives = {kJson, "Kept"},
       .refusals = {403, 415, 422, 429}},
      {.method = "GET",
       .path = "/v2",
       .answer = &Service::describe_server,
       .operation = "serverMetadata",
       .summary = "Open Inference Protocol: the server",
       .gives = {kJson, "ServerMetadata"}},
      {.method = "GET",
       .path = "/v2/health/live",
       .answer = &Service::live,
       .tells_state = true,
       .operation = "serverLive",
       .summary = "Open Inference Protocol: whether the server runs",
       .gives = {kJson, "Live"}},
      {.method = "GET",
       .path = "/v2/health/ready",
       .answer = &Service::ready,
       .tells_state = true,
       .operation = "serverReady",
       .summary = "Open Inference Protocol: whether to send requests here; 503 where not",
       .gives = {kJson, "Ready"}},
      {.method = "GET",
       .path = "/v2/models/{name}",
       .answer = &Service::describe_model,
       .operation = "modelMetadata",
       .summary = "Open Inference Protocol: a model's inputs and outputs",
       .gives = {kJson, "ModelMetadata"}},
      {.method = "GET",
       .path = "/v2/models/{name}/versions/{version}",
       .answer = &Service::describe_model,
       .operation = "modelVersionMetadata",
       .summary = "Open Inference Protocol: the inputs and outputs of a model's version",
       .gives = {kJson, "ModelMetadata"}},
      {.method = "GET",
       .path = "/v2/models/{name}/ready",
       .answer = &Service::model_ready,
       .tells_state = true,
       .operation = "modelReady",
       .summary = "Open Inference Protocol: whether a model answers; 503 where not",
       .gives = {kJson, "ModelReady"}},
      {.method = "GET",
       .path = "/v2/models/{name}/versions/{version}/ready",
       .answer = &Service::model_ready,
       .tells_state = true,
       .operation = "modelVersionReady",
       .summary = "Open Inference Protocol: whether a model's version answers; 503 where not",
       .gives = {kJson, "ModelReady"}},
      {.method = "POST",
       .path = "/v2/models/{name}/infer",
       .answer = &Service::infer,
       .operation = "infer",
       .summary = "Open Inference Protocol: scores, probabilities and classes of images",
       .takes = {{kJson, "InferRequest"}},
       .gives = {kJson, "InferResponse"},
       .refusals = {403, 415, 422, 429}},
      {.method = "POST",
       .path = "/v2/models/{name}/versions/{version}/infer",
       .answer = &Service::infer,
       .operation = "inferVersion",
       .summary = "Open Inference Protocol: the same of a model's version",
       .takes = {{kJson, "InferRequest"}},
       .gives = {kJson, "InferResponse"},
       .refusals = {403, 415, 422, 429}},
      {.method = "GET",
       .path = "/metrics",
       .answer = &Service::metrics,
       .tells_state = true,
       .operation = "metrics",
       .summary = "Counters and histograms for Prometheus",
       .gives = {"text/plain", "Text"}},
      {.method = "GET",
       .path = "/openapi.json",
       .answer = &Service::describe_routes,
       .operation = "openapi",
       .summary = "This description",
       .gives = {kJson, "Object"}},
  };
  return all;
}

// The next part of a path, which is taken away from it.
std::string_view next_part(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

bool fits(std::string_view pattern, const std::vector<std::string>& path,
          std::vector<std::string>& names) {
  names.clear();
  if (pattern == "/") return path.empty();
  for (const std::string& part : path) {
    if (pattern.empty()) return false;
    const std::string_view expected = next_part(pattern);
    if (expected.starts_with('{')) {
      names.push_back(part);
    } else if (expected != part) {
      return false;
    }
  }
  return pattern.empty();
}

}  // namespace

std::span<const Route> routes() { return table(); }

const Route& find_route(std::string_view method, const Target& target,
                        std::vector<std::string>& names) {
  std::string allowed;
  for (const Route& route : table()) {
    if (!fits(route.path, target.path, names)) continue;
    if (route.method == method || (route.method == "GET" && method == "HEAD")) return route;
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
    if (route.method == "GET") allowed += ", HEAD";
  }
  if (allowed.empty()) {
    throw Refusal(404, "expected one of the paths that GET /openapi.json lists");
  }
  throw Refusal(405, "expected " + allowed + " for this path, found " + std::string(method),
                "Allow: " + allowed + "\r\n");
}

}  // namespace digits::serving
