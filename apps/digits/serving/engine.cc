#include <apps/digits/serving/engine.h>
#include <gluino/base/parallel.h>

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

namespace digits::serving {
namespace {

using gluino::NDArray;

// What `action` gives, or the answer that its error is.
template <class Action>
std::optional<Response> refused(const Action& action) {
  try {
    action();
    return {};
  } catch (const Refusal& refusal) {
    return response_to(refusal);
  } catch (const std::bad_alloc&) {
    return response_to({503, "expected more memory than there is"});
  } catch (const std::exception& error) {
    return response_to({500, error.what()});
  }
}

}  // namespace

// A task of a batch, and how many images it brings.
struct Engine::Part {
  Ticket ticket = 0;
  Task* task = nullptr;
  std::size_t images = 0;
};

// Those of one model, which are computed together.
struct Engine::Group {
  const ServedModel* model = nullptr;
  std::vector<Part> parts;
};

Engine::Engine(const EngineOptions& options, Deliver deliver)
    : deliver_(std::move(deliver)),
      quick_(options.queue),
      slow_({.capacity = options.long_capacity,
             .batch = 1,
             .max_wait = std::chrono::microseconds(0)}) {
  const int processors = static_cast<int>(std::thread::hardware_concurrency());
  const int count = options.threads > 0 ? options.threads : std::max(processors - 1, 1);
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { work(quick_); });
  threads_.emplace_back([this] { work(slow_); });
}

Engine::~Engine() {
  quick_.close();
  slow_.close();
  for (std::thread& thread : threads_) thread.join();
}

void Engine::submit(Ticket ticket, std::unique_ptr<Task> task, Lane lane) {
  Entry entry{ticket, std::move(task)};
  if ((lane == Lane::quick ? quick_ : slow_).push(entry)) return;
  throw Refusal(429, "expected fewer requests at once: too many wait already",
                "Retry-After: 1\r\n");
}

void Engine::work(BatchQueue<Entry>& queue) {
  // Threads work on batches side by side, not together on one.
  gluino::run_loops_inline();
  for (;;) {
    std::vector<Entry> batch = queue.take();
    if (batch.empty()) return;
    std::vector<Finished> answers;
    answers.reserve(batch.size());
    compute(batch, answers);
    batch.clear();
    deliver_(std::move(answers));
  }
}

void Engine::compute(std::vector<Entry>& batch, std::vector<Finished>& answers) {
  std::vector<Group> groups;
  for (const Entry& entry : batch) {
    std::size_t images = 0;
    if (auto refusal = refused([&] { images = entry.task->prepare(); })) {
      answers.push_back({entry.ticket, std::move(*refusal)});
      continue;
    }
    const ServedModel* model = entry.task->model();
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& each) { return each.model == model; });
    if (group == groups.end()) group = groups.insert(group, {model, {}});
    group->parts.push_back({entry.ticket, entry.task.get(), images});
  }
  for (const Group& group : groups) answer(group, answers);
}

void Engine::answer(const Group& group, std::vector<Finished>& answers) {
  std::vector<float> scores;
  const auto refusal = refused([&] { scores = scores_of(group); });
  std::span<const float> rest(scores);
  for (const Part& part : group.parts) {
    Finished answer{part.ticket, {}};
    if (refusal) {
      answer.response = *refusal;
    } else {
      const std::size_t count =
          part.images == 0 ? 0 : part.images * static_cast<std::size_t>(group.model->classes());
      auto failed = refused([&] { answer.response = part.task->answer(rest.first(count)); });
      if (failed) answer.response = std::move(*failed);
      rest = rest.subspan(count);
    }
    answers.push_back(std::move(answer));
  }
}

std::vector<float> Engine::scores_of(const Group& group) {
  std::size_t count = 0;
  for (const Part& part : group.parts) count += part.images;
  if (count == 0) return {};
  const NDArray images({static_cast<std::int64_t>(count), 1, kRows, kColumns});
  float* to = images.data<float>();
  for (const Part& part : group.parts) {
    if (part.images > 0) part.task->write_images(to);
    to += part.images * kPixels;
  }
  count_batch(count);
  return group.model->scores(images).to_vector<float>();
}

void Engine::count_batch(std::size_t images) {
  const auto& bounds = EngineCounts::kBounds;
  const auto bound = std::lower_bound(bounds.begin(), bounds.end(), images);
  batches_[static_cast<std::size_t>(bound - bounds.begin())].fetch_add(1,
                                                                       std::memory_order_relaxed);
  images_.fetch_add(images, std::memory_order_relaxed);
}

EngineCounts Engine::counts() const {
  EngineCounts result;
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    result.batches[i] = batches_[i].load(std::memory_order_relaxed);
  }
  result.images = images_.load(std::memory_order_relaxed);
  result.waiting = quick_.size() + slow_.size();
  return result;
}

}  // namespace digits::serving
