#pragma once

#include <apps/digits/http/metrics.h>
#include <apps/digits/http/origin.h>
#include <apps/digits/http/request_parser.h>
#include <apps/digits/serving/classify.h>
#include <apps/digits/serving/corrections.h>
#include <apps/digits/serving/engine.h>
#include <apps/digits/serving/gallery.h>
#include <apps/digits/serving/model_store.h>
#include <apps/digits/serving/routes.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

/// What the server answers, whatever the connections are.
namespace digits::serving {

struct ServiceOptions {
  std::vector<ModelSource> models{};
  bool int8 = false;
  /// As find_local_digits takes it.
  std::string data{};
  /// Where corrections are kept; empty: they are not.
  std::string corrections{};
  EngineOptions engine{};
  ClassifyOptions classify{};
  OriginRules origin{};
};

class Service {
 public:
  using Say = ModelStore::Say;
  /// Reads the models. Throws Failure where that fails. `say` is called by any thread.
  Service(const ServiceOptions& options, Engine::Deliver deliver, Say say);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  /// Answers what waits, and ends the threads.
  ~Service();

  /// From now on the server is not ready, and requests that begin are refused once `refuses`.
  void go_down() { ready_ = false; }
  void refuse_new() { refuses_ = true; }

  /// Looks at a header before the body has come, and says where it leads, also when it throws
  /// Refusal. This and what follows is for the thread of the connections alone.
  void check(const Request& request, Destination& destination);
  /// The answer, or nothing where it comes later, with that ticket.
  std::optional<Response> answer(Request& request, Destination& destination, Ticket ticket);
  void count(const Destination& destination, int status, double seconds);
  void set_connections(std::size_t count) { connections_ = count; }

  // The routes.
  std::optional<Response> page(Exchange& exchange);
  std::optional<Response> classify_picture(Exchange& exchange);
  std::optional<Response> settings(Exchange& exchange);
  std::optional<Response> gallery(Exchange& exchange);
  std::optional<Response> keep_correction(Exchange& exchange);
  std::optional<Response> describe_server(Exchange& exchange);
  std::optional<Response> live(Exchange& exchange);
  std::optional<Response> ready(Exchange& exchange);
  std::optional<Response> describe_model(Exchange& exchange);
  std::optional<Response> model_ready(Exchange& exchange);
  std::optional<Response> infer(Exchange& exchange);
  std::optional<Response> metrics(Exchange& exchange);
  std::optional<Response> describe_routes(Exchange& exchange);

 private:
  std::shared_ptr<const ServedModel> model_of_query(const Target& target) const;
  std::shared_ptr<const ServedModel> model_of_path(const Exchange& exchange) const;
  template <class Work>
  void repeat(Work work);

  ServiceOptions options_;
  ModelStore models_;
  Gallery gallery_;
  std::optional<Corrections> corrections_;
  RequestMetrics metrics_;
  std::size_t connections_ = 0;
  std::atomic<bool> ready_{true};
  bool refuses_ = false;

  std::atomic<bool> stop_{false};
  gluino::ForkMutex mutex_;
  std::condition_variable_any stopped_;
  Engine engine_;
  std::vector<std::thread> threads_;
};

}  // namespace digits::serving
