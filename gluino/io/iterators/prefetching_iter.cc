#include <gluino/io/iterators/batch_pipeline.h>
#include <gluino/io/iterators/prefetching_iter.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace gluino::io {
namespace {

using Iters = std::vector<std::shared_ptr<DataIter>>;
using Names = std::vector<std::map<std::string, std::string>>;

std::int64_t batch_size_of(const Iters& iters) {
  check(!iters.empty(), "PrefetchingIter: expected at least one iterator, got none");
  for (const auto& iter : iters) {
    check(iter != nullptr, "PrefetchingIter: expected iterators, got an empty handle");
    check(std::count(iters.begin(), iters.end(), iter) == 1,
          "PrefetchingIter: expected each iterator once, got one twice");
    check(iter->batch_size() == iters[0]->batch_size(), "PrefetchingIter: expected batches of ",
          iters[0]->batch_size(), " from every iterator, got one with batches of ",
          iter->batch_size());
  }
  return iters[0]->batch_size();
}

void check_names(const char* what, const Names& names, std::size_t iters) {
  check(names.empty() || names.size() == iters, "PrefetchingIter: ", what, ": expected names for ",
        iters, " iterators, got ", names.size());
}

BatchPipeline::Claim claim_from(DataIter& iter) {
  return [&iter]() -> BatchPipeline::Work {
    auto made = std::make_shared<DataBatch>();
    if (!iter.next(*made)) return nullptr;
    return [made](DataBatch& batch) { batch = std::move(*made); };
  };
}

void append(std::vector<DataDesc>& all, std::vector<DataDesc> more, const Names& names,
            std::size_t iter) {
  for (DataDesc& desc : more) {
    if (!names.empty()) {
      const auto found = names[iter].find(desc.name);
      if (found != names[iter].end()) desc.name = found->second;
    }
    all.push_back(std::move(desc));
  }
}

void append(std::vector<NDArray>& all, std::vector<NDArray>& more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

PrefetchingIter::PrefetchingIter(Iters iters, const PrefetchingIterOptions& options)
    : DataIter(batch_size_of(iters)),
      iters_(std::move(iters)),
      default_bucket_key_(iters_[0]->default_bucket_key()),
      options_(options) {
  check_names("rename_data", options.rename_data, iters_.size());
  check_names("rename_label", options.rename_label, iters_.size());
  for (std::size_t i = 0; i < iters_.size(); ++i) {
    append(provide_data_, iters_[i]->provide_data(), options.rename_data, i);
    append(provide_label_, iters_[i]->provide_label(), options.rename_label, i);
  }
  for (const auto& iter : iters_) {
    pipelines_.push_back(
        std::make_unique<BatchPipeline>(claim_from(*iter), PipelineOptions{.threads = 1}));
  }
}

PrefetchingIter::PrefetchingIter(std::shared_ptr<DataIter> iter)
    : PrefetchingIter(Iters{std::move(iter)}) {}

PrefetchingIter::~PrefetchingIter() = default;

bool PrefetchingIter::next(DataBatch& batch) {
  batch.clear();
  if (at_end_) return false;
  at_end_ = true;  // also if one of them throws
  if (!join(batch)) return false;
  at_end_ = false;
  return true;
}

bool PrefetchingIter::join(DataBatch& batch) {
  const bool more = pipelines_[0]->next(part_);
  if (more) {
    batch.pad = part_.pad;
    batch.index = std::move(part_.index);
    batch.bucket_key = part_.bucket_key;
    add_part(batch, 0);
  }
  for (std::size_t i = 1; i < pipelines_.size(); ++i) {
    check(pipelines_[i]->next(part_) == more, "PrefetchingIter: iterator ", i, " has ",
          more ? "fewer" : "more", " batches than the first one");
    if (!more) continue;
    check(part_.pad == batch.pad, "PrefetchingIter: iterator ", i, " has a batch with a pad of ",
          part_.pad, ", the first one a pad of ", batch.pad);
    check(part_.bucket_key == batch.bucket_key, "PrefetchingIter: iterator ", i,
          " has a batch of bucket ", part_.bucket_key, ", the first one of bucket ",
          batch.bucket_key);
    add_part(batch, i);
  }
  part_.clear();
  const auto all_or_none = [](const std::vector<DataDesc>& descs, const auto& arrays) {
    check(descs.empty() || arrays.empty() || descs.size() == arrays.size(),
          "PrefetchingIter: a batch says of ", descs.size(), " of its ", arrays.size(),
          " arrays what they are (provide_data)");
  };
  all_or_none(batch.provide_data, batch.data);
  all_or_none(batch.provide_label, batch.label);
  return more;
}

void PrefetchingIter::add_part(DataBatch& batch, std::size_t iter) {
  append(batch.data, part_.data);
  append(batch.label, part_.label);
  append(batch.provide_data, std::move(part_.provide_data), options_.rename_data, iter);
  append(batch.provide_label, std::move(part_.provide_label), options_.rename_label, iter);
}

void PrefetchingIter::reset() { restart(!at_end_); }
void PrefetchingIter::hard_reset() { restart(true); }

void PrefetchingIter::restart(bool forget) {
  for (std::size_t i = 0; i < pipelines_.size(); ++i) {
    pipelines_[i]->restart([&] { forget ? iters_[i]->hard_reset() : iters_[i]->reset(); });
  }
  at_end_ = false;
}

}  // namespace gluino::io
