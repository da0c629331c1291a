#pragma once

#include <apps/digits/http/http_message.h>
#include <apps/digits/serving/engine.h>

#include <cstdint>
#include <memory>

namespace digits::serving {

struct ClassifyOptions {
  /// With what the network saw of each digit, and what its first layers made of it.
  bool look = false;
  /// Pictures that claim more pixels are refused with 413: 4K fits, in less memory than 100 MiB.
  std::int64_t max_pixels = std::int64_t{1} << 23;
};

/// What a picture, or an image of 784 bytes as networks take it, is sent for: predict's answer.
struct Classification {
  std::unique_ptr<Task> task;
  Engine::Lane lane = Engine::Lane::quick;
};

/// Looks at what was sent, without decoding it. Throws Refusal: 413 for a picture that is too
/// large, 415 for what is no picture, 400 or 422 for an image of the wrong size.
Classification classify(Request&& request, std::shared_ptr<const ServedModel> model,
                        const ClassifyOptions& options);

}  // namespace digits::serving
