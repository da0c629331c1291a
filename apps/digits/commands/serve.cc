#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/console.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/serving/server.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace digits {
namespace {

using gluino::str;
using serving::ModelSource;

// What the command line says, in its units.
struct ServeCommandOptions {
  serving::ServerOptions server;
  serving::ServiceOptions service;
  std::vector<std::string> models;
  std::int64_t port = 8080;
  std::int64_t max_connections = 16384;
  std::int64_t max_body_mib = 8;
  std::int64_t max_pixels = std::int64_t{1} << 23;
  std::int64_t max_queue = 1024;
  std::int64_t max_batch = serving::kMaxBatch;
  double max_wait_ms = 1;
  double timeout = 10;
  double idle_timeout = 75;
  double drain_delay = 0;
  double drain_timeout = 10;
};

bool is_name(std::string_view text) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !text.empty() && text.find_first_not_of(kLetters) == std::string_view::npos;
}

// PREFIX, named after its file, or NAME=PREFIX.
ModelSource parse_model(const std::string& text) {
  const std::size_t at = text.find('=');
  const std::string name = text.substr(0, at);
  if (at != std::string::npos && is_name(name) && at + 1 < text.size()) {
    return {name, text.substr(at + 1)};
  }
  const std::string file = std::filesystem::path(text).filename().string();
  gluino::check(is_name(file), "--model ", text, ": expected NAME=PREFIX, with a name of letters, ",
                "digits, '.', '_' and '-', because '", file, "' is none");
  return {file, text};
}

std::vector<ModelSource> parse_models(const std::vector<std::string>& texts) {
  std::vector<ModelSource> models;
  for (const std::string& text : texts) {
    models.push_back(parse_model(text));
    const auto same = std::count_if(models.begin(), models.end(), [&](const ModelSource& each) {
      return each.name == models.back().name;
    });
    gluino::check(same == 1, "--model ", text, ": expected another name than '", models.back().name,
                  "', which is taken; NAME=PREFIX gives one");
  }
  if (models.empty()) models.push_back({.name = "digits"});
  return models;
}

std::chrono::milliseconds from_seconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

void run(ServeCommandOptions options) {
  serving::ServerOptions& server = options.server;
  serving::ServiceOptions& service = options.service;
  service.models = failing_with(Exit::wrong_use, [&] { return parse_models(options.models); });
  server.port = static_cast<std::uint16_t>(options.port);
  server.max_connections = static_cast<std::size_t>(options.max_connections);
  server.http.body_bytes = static_cast<std::uint64_t>(options.max_body_mib) << 20;
  server.max_waiting_bytes =
      std::max(server.max_waiting_bytes, static_cast<std::size_t>(server.http.body_bytes));
  server.request_time = from_seconds(options.timeout);
  server.idle_time = from_seconds(options.idle_timeout);
  server.drain_delay = from_seconds(options.drain_delay);
  server.drain_time = from_seconds(options.drain_timeout);
  service.classify.max_pixels = options.max_pixels;
  service.engine.queue.capacity = static_cast<std::size_t>(options.max_queue);
  service.engine.queue.batch = static_cast<std::size_t>(options.max_batch);
  service.engine.queue.max_wait =
      std::chrono::microseconds(static_cast<std::int64_t>(options.max_wait_ms * 1000));
  for (std::string& host : service.origin.hosts) {
    if (std::count(host.begin(), host.end(), ':') == 1) {
      throw Failure(Exit::wrong_use, "--allow-host: expected a name without a port, got " + host);
    }
    host = gluino::lower_case(host);
  }

  const auto say = [](const std::string& line) {
    std::fprintf(stderr, "digits: %s\n", line.c_str());
  };
  serving::Server listening(server, service, say);
  Console console(Console::Volume::normal);
  console.result("listening on " + listening.url());
  listening.run();
}

void add_limits(CLI::App& app, ServeCommandOptions& options) {
  app.add_option("--max-connections", options.max_connections,
                 "connections at once; what comes beyond is refused (default: 16384, or as many\n"
                 "as the system gives descriptors)")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000));
  app.add_option("--max-body", options.max_body_mib,
                 "the largest body of a request, in MiB (default: 8)")
      ->type_name("MIB")
      ->check(whole_number(1, 1024));
  app.add_option("--max-pixels", options.max_pixels,
                 "the largest picture (default: 8388608, which 3840x2160 is below)")
      ->type_name("N")
      ->check(whole_number(784, std::int64_t{1} << 27));
  app.add_option("--max-queue", options.max_queue,
                 "requests that wait to be computed; what comes beyond is refused with 429\n"
                 "(default: 1024)")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000));
  app.add_option("--timeout", options.timeout,
                 "seconds for a request's header, and for its body, which gets a second more for\n"
                 "each 16 KiB (default: 10)")
      ->type_name("SECONDS")
      ->check(real_number(0, 86400, Low::excluded));
  app.add_option("--idle-timeout", options.idle_timeout,
                 "seconds until the next request on a connection (default: 75)")
      ->type_name("SECONDS")
      ->check(real_number(0, 86400, Low::excluded));
  app.add_option("--drain-delay", options.drain_delay,
                 "seconds after SIGTERM in which requests are served on while the server says\n"
                 "that it is not ready: for load balancers that look now and then (default: 0)")
      ->type_name("SECONDS")
      ->check(real_number(0, 86400));
  app.add_option("--drain-timeout", options.drain_timeout,
                 "seconds that work under way may take after that (default: 10)")
      ->type_name("SECONDS")
      ->check(real_number(0, 86400));
}

}  // namespace

Command serve_command(CLI::App& program) {
  auto options = std::make_shared<ServeCommandOptions>();
  CLI::App* app = program.add_subcommand(
      "serve", "A page to draw digits on, and the networks for other programs, by HTTP");
  app->add_option("--host", options->server.host,
                  "the name or address to listen on; any but this machine's own lets others in\n"
                  "(default: 127.0.0.1)")
      ->type_name("HOST")
      ->check(not_empty("a name or an address"));
  app->add_option("--port", options->port,
                  "the port to listen on; 0 takes a free one (default: 8080)")
      ->type_name("PORT")
      ->check(whole_number(0, 65535));
  app->add_option(
         "--model", options->models,
         "a model's files, as evaluate --model takes them, and its name here (default: the\n"
         "file's); may be given several times: the first one answers when none is asked\n"
         "for (default: the model in the program, as 'digits')")
      ->type_name("[NAME=]PREFIX")
      ->allow_extra_args(false)
      ->check(not_empty("the prefix of a model's files"));
  app->add_flag("--int8", options->service.int8,
                "networks with layers that multiply bytes, whose ranges 500 training digits tell\n"
                "(default: off)");
  app->add_option(
         "--data", options->service.data,
         "where the gallery's digits come from: a folder with MNIST's files, or synthetic\n"
         "(default: MNIST's usual folder, or synthetic where it is empty)")
      ->type_name("DIR|synthetic")
      ->check(not_empty("a folder or synthetic"));
  app->add_option("--keep-corrections", options->service.corrections,
                  "a folder for drawings that somebody has labelled on the page (default: none)")
      ->type_name("DIR")
      ->check(not_empty("a folder"));
  app->add_option(
         "--allow-host", options->service.origin.hosts,
         "a name under which the server may be asked besides localhost, such as that of a\n"
         "proxy in front; may be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->check(not_empty("a name"));
  app->add_option(
         "--max-wait", options->max_wait_ms,
         "milliseconds that a request may wait for others to be computed with (default: 1)")
      ->type_name("MS")
      ->check(real_number(0, 10000));
  app->add_option(
         "--max-batch", options->max_batch,
         "how many requests are computed together at most; with 1, an answer has the same\n"
         "bits whatever others ask at that moment (default: 64)")
      ->type_name("N")
      ->check(whole_number(1, serving::kMaxBatch));
  app->add_option("--threads", options->service.engine.threads,
                  "threads that compute (default: one less than there are processors)")
      ->type_name("N")
      ->check(whole_number(1, 1024));
  add_limits(*app, *options);
  return {app, [options] { run(*options); }};
}

}  // namespace digits
