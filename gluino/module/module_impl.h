#pragma once

#include <gluino/module/executor_group.h>
#include <gluino/module/module.h>
#include <gluino/ndarray/pooled.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gluino::mod {

/// Parameters that wait for bind, and what errors call them: their file.
struct LoadedParams {
  std::string source;
  model::Params params;
};

/// How gradients become updates.
struct Updates {
  optimizer::Updater updater;
  kv::KVStore kvstore;
  /// The store is the caller's: it has the weights and runs the optimizer.
  bool on_kvstore = false;
  /// What the optimizer of this process calls each parameter, by its name and by its place.
  std::map<std::string, std::int64_t> by_name;
  std::vector<std::int64_t> numbers;

  /// Those of a module with these parameters: the same for the same name.
  void number(const std::vector<std::string>& param_names);
};

struct Module::Impl {
  Impl(const Symbol& given, const ModuleOptions& given_options);

  /// Throws Error, naming what to call first, unless the module is that far.
  ExecutorGroup& bound(const char* who) const;
  ExecutorGroup& ready(const char* who) const;

  bool is_input(const std::string& name) const;
  GradReqs grad_reqs(const BindOptions& options) const;
  model::Params current_params() const;
  /// Throws Error, naming who needs them, before init_optimizer, and when the store has got another
  /// optimizer since.
  const Updates& ready_updates(const char* who) const;
  /// What the optimizer calls the parameter.
  std::int64_t index(const Updates& by, std::size_t param) const;
  const NDArray& first_weight(std::size_t param) const;
  /// Of one parameter, by context; empty for one without.
  PooledVector<NDArray> gradients(std::size_t param) const;
  void unify(const kv::KVStore& kvstore, std::size_t param) const;
  void backward_and_start() const;
  /// The sum of the gradients at all contexts updates the weight at the first.
  void update(const Updates& by, std::size_t param, const kv::Arrays& grads) const;
  /// Throws Error, naming the file, unless it holds states of these parameters for this optimizer.
  void set_states(const Updates& to, std::string_view bytes, const std::string& source) const;

  Symbol symbol;
  ModuleOptions options;
  std::vector<std::string> param_names;   // in the order of list_arguments
  std::vector<std::size_t> param_places;  // in list_arguments
  /// Whether the optimizer is to leave the rows of which a gradient has nothing.
  std::vector<bool> param_by_rows;
  std::vector<std::string> aux_names;
  /// Operators that users wrote (`Custom`) may throw in the midst of a backward.
  bool runs_user_code = false;

  std::unique_ptr<ExecutorGroup> group;
  BindOptions bind_options;
  bool params_initialized = false;
  std::optional<LoadedParams> loaded;

  std::optional<Updates> updates;
  std::vector<kv::Key> keys;  // of the parameters in a store: their names
  std::string states_to_load;

  /// Parameters that were read from the files of a checkpoint.
  void take_saved(const std::string& prefix, int epoch, model::Params params, bool with_states);
};

/// What a checkpoint holds: networks by their files, other files by their bytes.
struct SavedNetwork {
  std::vector<std::pair<std::string, Symbol>> symbols{};
  model::Params params;
  std::optional<std::string> states{};
  std::vector<std::pair<std::string, std::string>> others{};
};

/// Writes the files, and MXNet's lines.
void write_checkpoint(const std::string& prefix, int epoch, const SavedNetwork& saved);

/// Without what is said of arguments that the symbol does not have.
GradReqs of_arguments(const GradReqs& given, const Symbol& symbol);

/// Fills a parameter as its attributes say, else as the initializer does.
void initialize(const init::Initializer& initializer, const std::string& name,
                const Attributes& attributes, const NDArray& array);

/// Throws Error, naming source and parameter, when arrays are missing, superfluous or of another
/// shape than those of the network.
void check_params(const std::string& source, const ArrayMap& given, const ArrayMap& needed,
                  bool allow_missing, bool allow_extra);

}  // namespace gluino::mod
