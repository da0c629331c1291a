#include <apps/digits/serving/routes.h>
#include <gluino/base/error.h>

#include <nlohmann/json.hpp>

namespace digits::serving {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchemas = R"json({
  "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
  "Text": {"type": "string"},
  "Object": {"type": "object"},
  "Bytes": {"type": "string", "format": "binary"},
  "Image": {"type": "string", "format": "binary", "minLength": 784, "maxLength": 784,
    "description": "28 rows of 28 pixels, ink light, 0 to 255, as networks take it; also any picture"},
  "Digits": {"type": "object", "required": ["text", "digits"], "properties": {
    "text": {"type": "string", "example": "90210"},
    "digits": {"type": "array", "items": {"$ref": "#/components/schemas/Digit"}}}},
  "Digit": {"type": "object", "required": ["digit", "probability", "probabilities", "box"],
    "properties": {
      "digit": {"type": "integer"},
      "probability": {"type": "number"},
      "probabilities": {"type": "array", "items": {"type": "number"}},
      "box": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4,
        "description": "x, y, width, height, in pixels"},
      "seen": {"type": "string", "format": "byte", "description": "784 bytes in base64"},
      "layers": {"type": "array", "items": {"$ref": "#/components/schemas/Layer"}}}},
  "Layer": {"type": "object", "required": ["name", "shape", "maps"], "properties": {
    "name": {"type": "string"},
    "shape": {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3,
      "description": "channels, height, width"},
    "maps": {"type": "string", "format": "byte"}}},
  "Settings": {"type": "object", "required": ["models", "corrections"], "properties": {
    "models": {"type": "array", "items": {"type": "object", "required": ["name", "description"],
      "properties": {"name": {"type": "string"}, "description": {"type": "string"}}}},
    "corrections": {"type": "boolean"}}},
  "Gallery": {"type": "object", "required": ["source", "ready", "samples", "mistakes"],
    "properties": {
      "source": {"type": "string",
        "description": "mnist, synthetic, or the name of another data set; empty until it is read"},
      "ready": {"type": "boolean"},
      "samples": {"type": "array", "items": {"$ref": "#/components/schemas/Sample"}},
      "mistakes": {"type": "array", "items": {"$ref": "#/components/schemas/Sample"}}}},
  "Sample": {"type": "object", "required": ["label", "image"], "properties": {
    "label": {"type": "integer"},
    "digit": {"type": "integer", "description": "what the model takes it for"},
    "image": {"type": "string", "format": "byte"}}},
  "Correction": {"type": "object", "required": ["label", "image"], "properties": {
    "label": {"type": "integer", "minimum": 0, "maximum": 9},
    "image": {"type": "string", "format": "byte", "description": "784 bytes in base64"}}},
  "Kept": {"type": "object", "required": ["kept"], "properties": {"kept": {"type": "boolean"}}},
  "ServerMetadata": {"type": "object", "required": ["name", "version", "extensions"],
    "properties": {
      "name": {"type": "string"},
      "version": {"type": "string"},
      "extensions": {"type": "array", "items": {"type": "string"}}}},
  "Live": {"type": "object", "required": ["live"], "properties": {"live": {"type": "boolean"}}},
  "Ready": {"type": "object", "required": ["ready"], "properties": {"ready": {"type": "boolean"}}},
  "ModelReady": {"type": "object", "required": ["name", "ready"], "properties": {
    "name": {"type": "string"}, "ready": {"type": "boolean"}}},
  "ModelMetadata": {"type": "object", "required": ["name", "platform", "inputs", "outputs"],
    "properties": {
      "name": {"type": "string"},
      "versions": {"type": "array", "items": {"type": "string"}},
      "platform": {"type": "string"},
      "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/TensorMetadata"}},
      "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/TensorMetadata"}}}},
  "TensorMetadata": {"type": "object", "required": ["name", "datatype", "shape"], "properties": {
    "name": {"type": "string"},
    "datatype": {"type": "string"},
    "shape": {"type": "array", "items": {"type": "integer"}}}},
  "InferRequest": {"type": "object", "required": ["inputs"], "properties": {
    "id": {"type": "string"},
    "parameters": {"type": "object"},
    "inputs": {"type": "array", "minItems": 1, "maxItems": 1,
      "items": {"$ref": "#/components/schemas/InputTensor"}},
    "outputs": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {
      "name": {"type": "string", "enum": ["scores", "probabilities", "class"]},
      "parameters": {"type": "object"}}}}}},
  "InputTensor": {"type": "object", "required": ["name", "datatype", "shape", "data"],
    "properties": {
      "name": {"type": "string"},
      "datatype": {"type": "string", "enum": ["FP32", "UINT8"]},
      "shape": {"type": "array", "items": {"type": "integer", "minimum": 1},
        "description": "[N, 1, 28, 28], [N, 28, 28] or [N, 784]"},
      "parameters": {"type": "object"},
      "data": {"type": "array", "items": {}, "description": "row by row, flat or nested"}}},
  "InferResponse": {"type": "object", "required": ["model_name", "outputs"], "properties": {
    "model_name": {"type": "string"},
    "model_version": {"type": "string"},
    "id": {"type": "string"},
    "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/OutputTensor"}}}},
  "OutputTensor": {"type": "object", "required": ["name", "datatype", "shape", "data"],
    "properties": {
      "name": {"type": "string"},
      "datatype": {"type": "string"},
      "shape": {"type": "array", "items": {"type": "integer"}},
      "data": {"type": "array", "items": {"type": "number"}}}}
})json";

Json content(std::string_view type, std::string_view schema) {
  Json json;
  json[std::string(type)]["schema"]["$ref"] = "#/components/schemas/" + std::string(schema);
  return json;
}

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  for (const char* name : {"name", "version"}) {
    if (route.path.find(gluino::str("{", name, "}")) == std::string_view::npos) continue;
    parameters.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const QueryParameter& parameter : route.query) {
    parameters.push_back({{"name", parameter.name},
                          {"in", "query"},
                          {"description", parameter.description},
                          {"schema", {{"type", "string"}}}});
  }
  return parameters;
}

Json responses_of(const Route& route) {
  Json responses;
  responses[std::to_string(route.status)] = {
      {"description", reason_phrase(route.status)},
      {"content", content(route.gives.type, route.gives.schema)}};
  // Any request may be too long or too large, also one that needs no body.
  std::vector<int> refusals = {400, 404, 408, 413, 414, 431, 501, 503};
  refusals.insert(refusals.end(), route.refusals.begin(), route.refusals.end());
  for (const int status : refusals) {
    responses[std::to_string(status)] = {{"description", reason_phrase(status)},
                                         {"content", content(kJson, "Error")}};
  }
  return responses;
}

Json operation_of(const Route& route) {
  Json operation = {{"operationId", route.operation}, {"summary", route.summary}};
  if (Json parameters = parameters_of(route); !parameters.empty()) {
    operation["parameters"] = std::move(parameters);
  }
  if (!route.takes.empty()) {
    Json body = {{"required", true}, {"content", Json::object()}};
    for (const Content& each : route.takes) {
      body["content"].update(content(each.type, each.schema));
    }
    operation["requestBody"] = std::move(body);
  }
  operation["responses"] = responses_of(route);
  return operation;
}

}  // namespace

std::string openapi_json() {
  Json json = {{"openapi", "3.0.3"},
               {"info",
                {{"title", "digits"},
                 {"description", "Reads handwritten digits."},
                 {"version", DIGITS_VERSION}}}};
  json["paths"] = Json::object();
  for (const Route& route : routes()) {
    const std::string method = route.method == "GET" ? "get" : "post";
    json["paths"][std::string(route.path)][method] = operation_of(route);
  }
  json["components"]["schemas"] = Json::parse(kSchemas);
  return json.dump(2);
}

}  // namespace digits::serving
