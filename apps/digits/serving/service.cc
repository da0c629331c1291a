#include <apps/digits/serving/infer.h>
#include <apps/digits/serving/local_digits.h>
#include <apps/digits/serving/page.h>
#include <apps/digits/serving/service.h>
#include <gluino/base/parallel.h>

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

namespace digits::serving {
namespace {

using Json = nlohmann::ordered_json;

// The page brings all it needs, talks to its own server alone, and stands in no other page.
constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

// Tensors as text that is read, and images that are computed, within a few milliseconds.
constexpr std::size_t kQuickBytes = std::size_t{256} * 1024;

constexpr auto kRefresh = std::chrono::seconds(1);

void check_is_json(const Request& request) {
  if (request.content_type.empty() || media_type(request.content_type) == kJson) return;
  throw Refusal(415, "expected application/json, found '" + request.content_type + "'");
}

ModelStore::Calibration calibration_for(const ServiceOptions& options) {
  check_local_digits(options.data);
  return options.int8 ? calibration_batches(options.data) : ModelStore::Calibration();
}

}  // namespace

Service::Service(const ServiceOptions& options, Engine::Deliver deliver, Say say)
    : options_(options),
      models_(options.models, calibration_for(options), say),
      gallery_(options.data),
      engine_(options.engine, std::move(deliver)) {
  if (!options.corrections.empty()) corrections_.emplace(options.corrections);
  threads_.emplace_back([this] { repeat([this] { models_.refresh(); }); });
  threads_.emplace_back([this, say] {
    bool failed = false;
    repeat([&] {
      if (failed) return;
      try {
        gallery_.update(models_.all(), stop_);
      } catch (const std::exception& error) {
        failed = true;
        say(std::string("no gallery: ") + error.what());
      }
    });
  });
}

Service::~Service() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

template <class Work>
void Service::repeat(Work work) {
  gluino::run_loops_inline();
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    work();
    lock.lock();
    stopped_.wait_for(lock, kRefresh, [&] { return stop_.load(); });
  }
}

void Service::check(const Request& request, Destination& destination) {
  destination.target = parse_target(request.target);
  const Route& route = find_route(request.method, destination.target, destination.names);
  destination.route = &route;
  if (refuses_ && !route.tells_state) throw Refusal(503, "the server is going down");
  if (route.method != "POST") return;
  check_origin(request, options_.origin);
  const std::string& encoding = request.content_encoding;
  if (!encoding.empty() && encoding != "identity") {
    throw Refusal(415, "expected a body without a content encoding, found '" + encoding + "'");
  }
}

std::optional<Response> Service::answer(Request& request, Destination& destination, Ticket ticket) {
  Exchange exchange{.request = request, .destination = destination, .ticket = ticket};
  return (this->*destination.route->answer)(exchange);
}

void Service::count(const Destination& destination, int status, double seconds) {
  // Anybody may ask for anything: that makes no labels of its own.
  metrics_.count(destination.route == nullptr ? "other" : destination.route->path, status, seconds);
}

std::optional<Response> Service::page(Exchange&) {
  return Response{.body = std::string(page_html()),
                  .content_type = "text/html; charset=utf-8",
                  .headers = std::string(kPageHeaders)};
}

std::shared_ptr<const ServedModel> Service::model_of_query(const Target& target) const {
  const std::string_view name = target.parameter("model").value_or("");
  auto model = models_.find(name);
  if (!model) throw Refusal(404, "there is no model '" + std::string(name) + "'");
  return model;
}

std::shared_ptr<const ServedModel> Service::model_of_path(const Exchange& exchange) const {
  const std::string& name = exchange.destination.names[0];
  auto model = name.empty() ? nullptr : models_.find(name);
  if (!model) throw Refusal(404, "there is no model '" + name + "'");
  if (exchange.destination.names.size() > 1 && exchange.destination.names[1] != kModelVersion) {
    throw Refusal(404, "there is no version '" + exchange.destination.names[1] + "' of the model " +
                           name + "; expected " + kModelVersion);
  }
  return model;
}

std::optional<Response> Service::classify_picture(Exchange& exchange) {
  ClassifyOptions options = options_.classify;
  options.look = exchange.destination.target.parameter("look").value_or("") == "1";
  Classification work =
      classify(std::move(exchange.request), model_of_query(exchange.destination.target), options);
  engine_.submit(exchange.ticket, std::move(work.task), work.lane);
  return {};
}

std::optional<Response> Service::settings(Exchange&) {
  Json models = Json::array();
  for (const auto& model : models_.all()) {
    models.push_back({{"name", model->name()}, {"description", model->description()}});
  }
  return Response{.body =
                      Json{{"models", models}, {"corrections", corrections_.has_value()}}.dump()};
}

std::optional<Response> Service::gallery(Exchange& exchange) {
  return Response{.body = gallery_.json(*model_of_query(exchange.destination.target))};
}

std::optional<Response> Service::keep_correction(Exchange& exchange) {
  if (!corrections_) {
    throw Refusal(404, "corrections are not kept; digits serve --keep-corrections FOLDER does");
  }
  check_is_json(exchange.request);
  engine_.submit(exchange.ticket, corrections_->keep(exchange.request.body), Engine::Lane::slow);
  return {};
}

std::optional<Response> Service::describe_server(Exchange&) {
  return Response{.body = server_metadata()};
}

std::optional<Response> Service::live(Exchange&) { return Response{.body = R"({"live":true})"}; }

std::optional<Response> Service::ready(Exchange&) {
  if (ready_) return Response{.body = R"({"ready":true})"};
  return Response{.status = 503, .body = R"({"ready":false,"error":"the server is going down"})"};
}

std::optional<Response> Service::describe_model(Exchange& exchange) {
  return Response{.body = model_metadata(*model_of_path(exchange))};
}

std::optional<Response> Service::model_ready(Exchange& exchange) {
  Json json = {{"name", model_of_path(exchange)->name()}, {"ready", ready_.load()}};
  if (ready_) return Response{.body = json.dump()};
  json["error"] = "the server is going down";
  return Response{.status = 503, .body = json.dump()};
}

std::optional<Response> Service::infer(Exchange& exchange) {
  check_is_json(exchange.request);
  auto model = model_of_path(exchange);
  std::string& body = exchange.request.body;
  const auto lane = body.size() <= kQuickBytes ? Engine::Lane::quick : Engine::Lane::slow;
  engine_.submit(exchange.ticket, make_infer_task(std::move(body), std::move(model)), lane);
  return {};
}

std::optional<Response> Service::describe_routes(Exchange&) {
  static const std::string description = openapi_json();
  return Response{.body = description};
}

std::optional<Response> Service::metrics(Exchange&) {
  std::string text;
  metrics_.write(text);
  const EngineCounts counts = engine_.counts();
  write_help(text, "digits_batch_images", "histogram", "Images that were computed together.");
  std::uint64_t batches = 0;
  for (std::size_t i = 0; i < counts.batches.size(); ++i) {
    batches += counts.batches[i];
    const bool is_last = i == EngineCounts::kBounds.size();
    const std::string bound = is_last ? "+Inf" : std::to_string(EngineCounts::kBounds[i]);
    write_value(text, "digits_batch_images_bucket", {{"le", bound}}, static_cast<double>(batches));
  }
  write_value(text, "digits_batch_images_sum", {}, static_cast<double>(counts.images));
  write_value(text, "digits_batch_images_count", {}, static_cast<double>(batches));
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    write_help(text, name, "gauge", help);
    write_value(text, name, {}, value);
  };
  gauge("digits_queue_length", "Requests that wait to be computed.",
        static_cast<double>(counts.waiting));
  gauge("digits_connections", "Open connections.", static_cast<double>(connections_));
  gauge("digits_ready", "1 while requests are welcome.", ready_ ? 1 : 0);
  write_help(text, "digits_model_info", "gauge", "The models that answer.");
  for (const auto& model : models_.all()) {
    write_value(text, "digits_model_info",
                {{"model", model->name()},
                 {"description", model->description()},
                 {"computes_in", model->is_int8() ? "int8" : "float32"}},
                1);
  }
  write_help(text, "digits_model_reloads_total", "counter", "Times that new files were read.");
  const auto reloads = models_.counts();
  for (const auto& each : reloads) {
    write_value(text, "digits_model_reloads_total", {{"model", each.name}},
                static_cast<double>(each.reloads));
  }
  write_help(text, "digits_model_reload_failures_total", "counter",
             "Times that new files were broken, and the model before stayed.");
  for (const auto& each : reloads) {
    write_value(text, "digits_model_reload_failures_total", {{"model", each.name}},
                static_cast<double>(each.failures));
  }
  return Response{.body = std::move(text),
                  .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

}  // namespace digits::serving
