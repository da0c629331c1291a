#pragma once

#include <gluino/kvstore/arguments.h>
#include <gluino/kvstore/processes/workers.h>

#include <map>
#include <string>
#include <vector>

namespace gluino::kvstore {

/// MXNet's gradient compression "2bit": of each number only whether it is at least the threshold,
/// at most -threshold, or neither is sent, and it counts as that; what is left of it is added to
/// the next one. Each shard has its own rest, so the sum does not depend on who has which shard.
class TwoBits {
 public:
  explicit TwoBits(float threshold) : threshold_(threshold) {}

  /// The sum of float32 copies and those of all other workers. `key` tells whose the rests are.
  NDArray sum(Workers& workers, const std::string& key, const Arrays& copies);

 private:
  std::vector<NDArray>& rests_of(const std::string& key, const Arrays& copies);

  float threshold_;
  std::map<std::string, std::vector<NDArray>> rests_;
};

}  // namespace gluino::kvstore
