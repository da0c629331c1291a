#pragma once

#include <apps/digits/http/http_message.h>
#include <apps/digits/serving/batch_queue.h>
#include <apps/digits/serving/served_model.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

/// Where requests that arrive together are computed together.
namespace digits::serving {

/// Pixels of an image that a network takes.
inline constexpr std::size_t kPixels = static_cast<std::size_t>(kRows * kColumns);

/// A request that needs a network: an image or several, which go into a batch with those of others.
/// All of its functions are called by one of the engine's threads; what they throw is the answer.
class Task {
 public:
  explicit Task(std::shared_ptr<const ServedModel> model) : model_(std::move(model)) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  /// The model as it was when the request came: one that is reloaded changes nothing here.
  const ServedModel* model() const { return model_.get(); }

  /// Decodes what was sent, and returns how many images that are.
  virtual std::size_t prepare() = 0;
  virtual void write_images(float* to) const = 0;
  /// The answer, from the model's scores of each image.
  virtual Response answer(std::span<const float> scores) = 0;

 private:
  std::shared_ptr<const ServedModel> model_;
};

/// Which request an answer belongs to.
using Ticket = std::uint64_t;
struct Finished {
  Ticket ticket = 0;
  Response response;
};

struct EngineOptions {
  /// 0: one less than there are processors, for the connections' thread; at least one.
  int threads = 0;
  BatchQueueOptions queue{.batch = kMaxBatch};
  /// Of tasks that take long: large pictures, many images.
  std::size_t long_capacity = 32;
};

/// What has been computed, for /metrics.
struct EngineCounts {
  /// Batches of up to 1, 2, 4, 8, 16, 32, 64 and more images, of each the number.
  static constexpr std::array<std::size_t, 7> kBounds = {1, 2, 4, 8, 16, 32, 64};
  std::array<std::uint64_t, kBounds.size() + 1> batches{};
  std::uint64_t images = 0;
  std::size_t waiting = 0;
};

class Engine {
 public:
  /// Called by the engine's threads with the answers of a batch.
  using Deliver = std::function<void(std::vector<Finished> answers)>;

  Engine(const EngineOptions& options, Deliver deliver);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  /// Finishes what waits.
  ~Engine();

  /// Tasks that take long have a thread of their own, so that nobody else waits for them.
  enum class Lane { quick, slow };
  /// Throws Refusal with 429 when too many wait.
  void submit(Ticket ticket, std::unique_ptr<Task> task, Lane lane);

  EngineCounts counts() const;

 private:
  struct Entry {
    Ticket ticket = 0;
    std::unique_ptr<Task> task;
  };
  struct Part;
  struct Group;
  void work(BatchQueue<Entry>& queue);
  void compute(std::vector<Entry>& batch, std::vector<Finished>& answers);
  void answer(const Group& group, std::vector<Finished>& answers);
  std::vector<float> scores_of(const Group& group);
  void count_batch(std::size_t images);

  Deliver deliver_;
  BatchQueue<Entry> quick_;
  BatchQueue<Entry> slow_;
  std::array<std::atomic<std::uint64_t>, EngineCounts::kBounds.size() + 1> batches_{};
  std::atomic<std::uint64_t> images_{0};
  std::vector<std::thread> threads_;
};

}  // namespace digits::serving
