#pragma once

#include <gluino/module/executor_group.h>
#include <gluino/module/module.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino::mod {

/// Parameters that wait for bind, and what errors call them: their file.
struct LoadedParams {
  std::string source;
  model::Params params;
};

struct Module::Impl {
  Impl(const Symbol& given, const ModuleOptions& given_options);

  /// Throws Error, naming what to call first, unless the module is that far.
  ExecutorGroup& bound(const char* who) const;
  ExecutorGroup& ready(const char* who) const;

  bool is_input(const std::string& name) const;
  GradReqs grad_reqs(const BindOptions& options) const;
  model::Params current_params() const;
  /// The gradient of a parameter, summed over contexts; not defined() if it has none.
  NDArray summed_grad(std::size_t param);
  /// Throws Error, naming the file, unless it holds states of these parameters for this optimizer.
  void load_states(const optimizer::Updater& to, const std::string& path) const;

  Symbol symbol;
  ModuleOptions options;
  std::vector<std::string> param_names;   // in the order of list_arguments
  std::vector<std::size_t> param_places;  // in list_arguments
  std::vector<std::string> aux_names;
  /// Operators that users wrote (`Custom`) may throw in the midst of a backward.
  bool runs_user_code = false;

  std::unique_ptr<ExecutorGroup> group;
  BindOptions bind_options;
  bool params_initialized = false;
  std::optional<LoadedParams> loaded;

  std::optional<optimizer::Updater> updater;
  std::string states_to_load;
  std::vector<NDArray> sums;  // by parameter, where there are several contexts
};

/// Fills a parameter as its attributes say, else as the initializer does.
void initialize(const init::Initializer& initializer, const std::string& name,
                const Attributes& attributes, const NDArray& array);

/// Throws Error, naming source and parameter, when arrays are missing, superfluous or of another
/// shape than those of the network.
void check_params(const std::string& source, const ArrayMap& given, const ArrayMap& needed,
                  bool allow_missing, bool allow_extra);

}  // namespace gluino::mod
