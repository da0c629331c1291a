// What a store of several processes does beyond sums: it begins them in time, and compresses them.
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/kvstore/kvstore_impl.h>
#include <gluino/kvstore/row_sums.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace gluino::kvstore {
namespace {

constexpr float kDefaultThreshold = 0.5F;

float threshold_of(const std::string& text) {
  float value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  check(read.ec == std::errc() && read.ptr == text.data() + text.size() && value > 0 &&
            std::isfinite(value),
        "kvstore: set_gradient_compression: threshold: expected a finite number above 0, got '",
        text, "'");
  return value;
}

// The gradients that backward has given since the sum last set out.
struct Awaited {
  std::weak_ptr<ProcessSums> sums;
  Key key;
  std::vector<NDArray> gradients;
};

}  // namespace

void KVStore::start_in_backward(const Key& key, const Arrays& variables) const {
  if (num_workers() == 1) return;
  const auto awaited = std::make_shared<Awaited>(
      Awaited{impl().processes, key, std::vector<NDArray>(variables.size())});
  for (std::size_t i = 0; i < variables.size(); ++i) {
    autograd::set_gradient_hook(variables[i], [awaited, i](const NDArray& gradient) {
      std::vector<NDArray>& gradients = awaited->gradients;
      gradients[i] = gradient;
      if (!std::all_of(gradients.begin(), gradients.end(),
                       [](const NDArray& each) { return each.defined(); })) {
        return;
      }
      if (const auto sums = awaited->sums.lock()) sums->start_early(awaited->key, gradients);
      std::fill(gradients.begin(), gradients.end(), NDArray());
    });
  }
}

NDArray KVStore::gather(const NDArray& rows) const {
  if (num_workers() == 1) return rows;
  const autograd::Scope scope = autograd::pause();
  return gather_rows(impl().processes->workers(), "rows of all workers", rows);
}

void KVStore::set_stop_check(std::function<bool()> should_stop) const {
  if (impl().processes) impl().processes->workers().set_stop_check(std::move(should_stop));
}

void KVStore::set_gradient_compression(const std::map<std::string, std::string>& params) const {
  const Impl& self = impl();
  float threshold = kDefaultThreshold;
  std::string kind;
  for (const auto& [name, value] : params) {
    if (name == "threshold") {
      threshold = threshold_of(value);
    } else {
      check(name == "type",
            "kvstore: set_gradient_compression: expected 'type' and 'threshold', got '", name, "'");
      kind = value;
    }
  }
  check(
      params.contains("type"),
      "kvstore: set_gradient_compression: expected a 'type', as in {\"type\": \"2bit\"}, got none");
  check(kind == "2bit" || kind == "none",
        "kvstore: set_gradient_compression: type: expected '2bit' or 'none', got '", kind, "'");
  if (kind == "none") {
    if (self.processes != nullptr) self.processes->compress_no_more();
    return;
  }
  check(self.processes != nullptr, "kvstore: set_gradient_compression: '", type(),
        "' sums gradients as they are; compression is for 'dist_sync', training in several "
        "processes");
  self.processes->compress_to_two_bits(threshold);
}

}  // namespace gluino::kvstore
