// One seed, one order: random scripts walk through shuffled iterators, nested in each other, with
// other draws between. What they see must not depend on who makes the batches, nor how far ahead.
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/io/iterators/ndarray_iter.h>
#include <gluino/io/iterators/prefetching_iter.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "programs/dice.h"
#include "programs/hunt.h"

namespace gluino::programs {
namespace {

// How batches are made: by the caller, or ahead of their use, by this many threads.
struct Ahead {
  int workers = 0;
};

// A row of batches that begins anew at its end.
class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  virtual ~Reader() = default;
  /// The rows' numbers; empty at the end of an epoch.
  virtual std::vector<double> next() = 0;
  virtual void reset() = 0;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

NDArray numbered_rows(int rows) {
  std::vector<double> numbers;
  for (int i = 0; i < rows; ++i) numbers.push_back(i);
  return nd::from(numbers, {rows, 1});
}

class IterReader final : public Reader {
 public:
  IterReader(int rows, const io::NDArrayIterOptions& options, const Ahead& ahead)
      : Reader(str("NDArrayIter of ", rows, " rows by ", options.batch_size, ", ",
                   options.last_batch_handle)),
        iter_(std::make_shared<io::NDArrayIter>(numbered_rows(rows), options)) {
    if (ahead.workers > 0) iter_ = std::make_shared<io::PrefetchingIter>(iter_);
  }
  std::vector<double> next() override {
    io::DataBatch batch;
    if (!iter_->next(batch)) return {};
    auto rows = batch.data[0].to_vector<double>();
    rows.push_back(static_cast<double>(batch.pad));
    return rows;
  }
  void reset() override { iter_->reset(); }

 private:
  std::shared_ptr<io::DataIter> iter_;
};

class LoaderReader final : public Reader {
 public:
  LoaderReader(int rows, gluon::data::DataLoaderOptions options, const Ahead& ahead)
      : Reader(str("DataLoader of ", rows, " rows by ", options.batch_size, ", ",
                   *options.last_batch)),
        loader_(dataset(rows), with_workers(std::move(options), ahead)) {}

  std::vector<double> next() override {
    if (!place_) {
      place_.emplace(loader_.begin());
    } else {
      ++*place_;
    }
    if (*place_ == std::default_sentinel) return {};
    return (**place_)[0].to_vector<double>();
  }
  void reset() override { place_.reset(); }

 private:
  static gluon::data::Dataset dataset(int rows) {
    return gluon::data::ArrayDataset(numbered_rows(rows));
  }
  static gluon::data::DataLoaderOptions with_workers(gluon::data::DataLoaderOptions options,
                                                     const Ahead& ahead) {
    options.num_workers = ahead.workers;
    if (ahead.workers > 0) options.prefetch = 1 + ahead.workers % 3;
    return options;
  }

  gluon::data::DataLoader loader_;
  std::optional<gluon::data::BatchIterator> place_;
};

std::unique_ptr<Reader> make_reader(Dice& dice, const Ahead& ahead) {
  const int rows = dice.between(3, 12);
  const int batch = dice.between(1, rows);
  const bool shuffle = dice.chance(0.8);
  if (dice.chance(0.5)) {
    const std::vector<std::string> last{"pad", "discard", "roll_over"};
    return std::make_unique<IterReader>(
        rows,
        io::NDArrayIterOptions{
            .batch_size = batch, .shuffle = shuffle, .last_batch_handle = dice.among(last)},
        ahead);
  }
  const std::vector<std::string> last{"keep", "discard", "rollover"};
  return std::make_unique<LoaderReader>(
      rows,
      gluon::data::DataLoaderOptions{
          .batch_size = batch, .shuffle = shuffle, .last_batch = dice.among(last)},
      ahead);
}

// Other draws from the streams.
std::vector<double> draw_something(Dice& dice) {
  if (dice.chance(0.3)) {
    std::vector<std::int64_t> items{0, 1, 2, 3, 4};
    random::shuffle(items);
    return {items.begin(), items.end()};
  }
  const NDArray drawn =
      dice.chance(0.5) ? nd::random::uniform({.shape = {3}}) : nd::random::normal({.shape = {2}});
  return drawn.to_vector<double>();
}

// Everything that the script of a seed sees, a line for each thing.
std::string walk(std::uint64_t seed, const Ahead& ahead) {
  Dice dice(seed);
  random::seed(static_cast<std::int64_t>(seed % 1000));
  std::vector<std::unique_ptr<Reader>> readers;
  std::string seen;
  const auto note = [&](const std::string& what, const std::vector<double>& numbers) {
    seen += what + ":";
    for (const double number : numbers) seen += str(" ", number);
    seen += "\n";
  };
  for (int i = 0; i < 30; ++i) {
    const int what = dice.below(10);
    if (readers.empty() || (what == 0 && readers.size() < 4)) {
      readers.push_back(make_reader(dice, ahead));
    } else if (what < 3) {
      note("draw", draw_something(dice));
    } else {
      const int number = dice.below(static_cast<int>(readers.size()));
      Reader& reader = *readers[static_cast<std::size_t>(number)];
      const bool early = what == 3;
      const auto rows = early ? std::vector<double>() : reader.next();
      note(str(number, ", ", reader.name(), early ? ", left early" : ""), rows);
      if (rows.empty()) reader.reset();
    }
  }
  return seen;
}

TEST(Programs, OfIteratorsSeeOneOrderForOneSeed) {
  const Range seeds = seeds_for({.first_seed = 1, .count = 60});
  for (std::uint64_t seed = seeds.begin; seed < seeds.end; ++seed) {
    const auto expected = walk(seed, {.workers = 0});
    EXPECT_EQ(walk(seed, {.workers = 0}), expected) << "again, seed " << seed;
    for (const int workers : {1, 3}) {
      EXPECT_EQ(walk(seed, {.workers = workers}), expected)
          << workers << " workers, GLUINO_PROGRAM_SEED=" << seed;
    }
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace gluino::programs
