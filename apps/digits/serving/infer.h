#pragma once

#include <apps/digits/serving/engine.h>
#include <apps/digits/serving/infer_request.h>

#include <memory>
#include <string>

/// The Open Inference Protocol, version 2: what a model says of itself, and its answers.
namespace digits::serving {

/// The only version there is of each model; one that is reloaded takes the place of the one before.
inline constexpr const char* kModelVersion = "1";

std::string server_metadata();
std::string model_metadata(const ServedModel& model);

/// A request, its body as it was sent: it is read where it is computed. Answers with the outputs
/// that the request names.
std::unique_ptr<Task> make_infer_task(std::string body, std::shared_ptr<const ServedModel> model);

}  // namespace digits::serving
