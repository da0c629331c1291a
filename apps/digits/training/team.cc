#include <apps/digits/console/failure.h>
#include <apps/digits/training/team.h>
#include <gluino/autograd/autograd.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/elementwise/copies.h>
#include <gluino/ops/movement/movement.h>

#include <algorithm>

namespace digits {

using gluino::NDArray;
using gluino::str;

Team::Team(gluino::kv::KVStore store, std::int64_t parts)
    : store_(std::move(store)), rank_(store_.rank()), size_(store_.num_workers()), parts_(parts) {
  if (parts_ >= size_) return;
  throw Failure(Exit::wrong_use, str("--shards: expected at least one for each of ", size_,
                                     " processes, got ", parts_));
}

std::pair<std::int64_t, std::int64_t> Team::parts() const {
  return {parts_ * rank_ / size_, parts_ * (rank_ + 1) / size_};
}

// The first parts have one sample more where they cannot all have as many.
std::pair<std::int64_t, std::int64_t> Team::share(std::int64_t samples) const {
  const auto begin_of = [&](std::int64_t part) {
    return part * (samples / parts_) + std::min(part, samples % parts_);
  };
  const auto [first, last] = parts();
  return {begin_of(first), begin_of(last)};
}

NDArray Team::gather(const NDArray& rows) const { return size_ == 1 ? rows : store_.gather(rows); }

bool Team::leader_says(bool own) const {
  if (size_ == 1) return own;
  return gather(gluino::nd::full({1}, own ? 1 : 0)).to_vector<float>().front() != 0;
}

bool Team::any_says(bool own) const {
  if (size_ == 1) return own;
  const auto all = gather(gluino::nd::full({1}, own ? 1 : 0)).to_vector<float>();
  return std::any_of(all.begin(), all.end(), [](float each) { return each != 0; });
}

std::vector<NDArray> copies_of_all(const Team& team, const std::vector<NDArray>& own) {
  if (team.size() == 1) return own;
  std::vector<NDArray> rows;
  rows.reserve(own.size());
  for (const NDArray& copy : own) rows.push_back(copy.as_in_context(gluino::cpu()));
  const NDArray all = team.gather(gluino::ops::stack(rows, {.axis = 0}));
  std::vector<NDArray> copies;
  copies.reserve(static_cast<std::size_t>(all.shape()[0]));
  for (std::int64_t i = 0; i < all.shape()[0]; ++i) {
    copies.push_back(all.slice(i, i + 1).reshape(own[0].shape()));
  }
  return copies;
}

AlikeCopies::AlikeCopies(const Team& team, const gluino::gluon::Block& net, Are are) {
  if (team.size() == 1) return;
  const auto scope = gluino::autograd::pause();
  for (const auto& parameter : net.collect_params()) {
    // What is trained is the same everywhere.
    if (parameter.grad_req() != gluino::GradReq::null) continue;
    const std::vector<NDArray>& own = parameter.list_data();
    const std::vector<NDArray> all = copies_of_all(team, own);
    const NDArray value = are == Are::the_mean ? gluino::ops::mean_of_copies(all) : all[0];
    for (const NDArray& copy : own) {
      before_.emplace_back(copy, copy.copy());
      copy.assign(value.as_in_context(copy.context()));
    }
  }
}

AlikeCopies::~AlikeCopies() {
  for (const auto& [copy, value] : before_) value.copyto(copy);
}

}  // namespace digits
