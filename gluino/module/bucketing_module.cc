#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/log.h>
#include <gluino/graph/symbol/naming.h>
#include <gluino/module/bucketing_module.h>
#include <gluino/module/module_impl.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace gluino::mod {
namespace {

std::string symbol_file(const std::string& prefix, const io::BucketKey& key) {
  return str(prefix, "-", key, "-symbol.json");
}

// Calls a function, and says of which bucket it tells if it fails.
template <class F>
auto of_bucket(const io::BucketKey& key, F function) {
  try {
    return function();
  } catch (const Error& error) {
    fail("bucket ", key, ": ", error.what());
  }
}

// What the arrays of a batch are where it does not say so.
std::vector<io::DataDesc> described(const char* what, const std::vector<io::DataDesc>& own,
                                    const std::vector<NDArray>& arrays,
                                    const std::vector<io::DataDesc>& usual) {
  if (!own.empty() || arrays.empty()) return own;
  check(arrays.size() == usual.size(), "BucketingModule: a batch has ", arrays.size(),
        " arrays of ", what, " and does not say what they are (provide_", what,
        "), the default bucket has ", usual.size());
  std::vector<io::DataDesc> descs = usual;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    descs[i].shape = arrays[i].shape();
    descs[i].dtype = arrays[i].dtype();
  }
  return descs;
}

}  // namespace

struct BucketingModule::Impl {
  Module made(const io::BucketKey& key) const;
  void add(const io::BucketKey& key, const std::vector<io::DataDesc>& data_shapes,
           const std::vector<io::DataDesc>& label_shapes);
  /// Has the bucket of a batch at hand.
  Module& go_to(const io::DataBatch& batch);
  Module& first() { return buckets.at(default_key); }
  Module& current() { return buckets.at(current_key); }
  void drop_others();

  SymGen sym_gen;
  io::BucketKey default_key;
  BucketingOptions options;
  /// Networks that are not sym_gen's.
  std::map<io::BucketKey, Symbol> given_symbols{};
  std::map<io::BucketKey, Module> buckets{};
  io::BucketKey current_key{};
  BindOptions bind_options{};
  std::vector<mon::Monitor> monitors{};
};

Module BucketingModule::Impl::made(const io::BucketKey& key) const {
  return of_bucket(key, [&] {
    const sym::NameManager same_in_every_bucket;
    const BucketNetwork network = sym_gen(key);
    const auto given = given_symbols.find(key);
    return Module(given == given_symbols.end() ? network.symbol : given->second,
                  {.data_names = network.data_names,
                   .label_names = network.label_names,
                   .context = options.context,
                   .fixed_param_names = options.fixed_param_names});
  });
}

void BucketingModule::Impl::add(const io::BucketKey& key,
                                const std::vector<io::DataDesc>& data_shapes,
                                const std::vector<io::DataDesc>& label_shapes) {
  Module module = made(key);
  BindOptions shared = bind_options;
  shared.grad_req = of_arguments(bind_options.grad_req, module.symbol());
  shared.shared_module = &first();
  // Labels that the network does not take serve metrics alone.
  const bool labels = !module.label_names().empty();
  of_bucket(key, [&] {
    module.bind(data_shapes, labels ? label_shapes : std::vector<io::DataDesc>(), shared);
  });
  for (const mon::Monitor& monitor : monitors) module.install_monitor(monitor);
  buckets.emplace(key, module);
}

Module& BucketingModule::Impl::go_to(const io::DataBatch& batch) {
  const io::BucketKey& key = batch.bucket_key;
  check(
      key.defined(),
      "BucketingModule: expected a batch with a bucket_key, as BucketSentenceIter gives them, got "
      "one without");
  if (!buckets.contains(key)) {
    add(key, described("data", batch.provide_data, batch.data, first().data_shapes()),
        described("label", batch.provide_label, batch.label, first().label_shapes()));
  }
  current_key = key;
  return current();
}

void BucketingModule::Impl::drop_others() {
  for (const auto& [key, module] : buckets) {
    if (key == default_key) continue;
    for (const mon::Monitor& monitor : monitors) {
      for (const Executor& executor : module.executors()) monitor.set_aside(executor);
    }
  }
  std::erase_if(buckets, [&](const auto& bucket) { return bucket.first != default_key; });
}

BucketingModule::BucketingModule(SymGen sym_gen, const io::BucketKey& default_bucket_key,
                                 const BucketingOptions& options)
    : BucketingModule({}, std::move(sym_gen), default_bucket_key, options) {}

BucketingModule::BucketingModule(std::map<io::BucketKey, Symbol> sym_dict, SymGen sym_gen,
                                 const io::BucketKey& default_bucket_key,
                                 const BucketingOptions& options)
    : impl_(std::make_shared<Impl>(Impl{.sym_gen = std::move(sym_gen),
                                        .default_key = default_bucket_key,
                                        .options = options,
                                        .given_symbols = std::move(sym_dict),
                                        .current_key = default_bucket_key})) {
  check(impl_->sym_gen != nullptr, "BucketingModule: expected a function that makes networks");
  check(default_bucket_key.defined(),
        "BucketingModule: expected a default_bucket_key, such as the iterator's, got none");
  impl_->buckets.emplace(default_bucket_key, impl_->made(default_bucket_key));
}

BucketingModule BucketingModule::load(const std::string& prefix, int epoch, SymGen sym_gen,
                                      const io::BucketKey& default_bucket_key,
                                      const BucketingLoadOptions& options) {
  std::map<io::BucketKey, Symbol> symbols;
  const std::string list = prefix + ".buckets";
  std::error_code error;
  if (std::filesystem::exists(list, error)) {
    for (const auto& [name, keys] : nd::load_dense(list)) {
      check(keys.defined() && !is_floating(keys.dtype()), list,
            ": expected the keys of buckets, whole numbers, found something else");
      for (const std::int64_t key : keys.to_vector<std::int64_t>()) {
        symbols.emplace(key, sym::load(symbol_file(prefix, key)));
      }
    }
  }
  BucketingModule module(
      std::move(symbols), std::move(sym_gen), default_bucket_key,
      {.context = options.context, .fixed_param_names = options.fixed_param_names});
  module.impl_->first().impl_->take_saved(prefix, epoch, model::load_params(prefix, epoch),
                                          options.load_optimizer_states);
  return module;
}

BucketingModule BucketingModule::load_dict(std::map<io::BucketKey, Symbol> sym_dict, SymGen sym_gen,
                                           const io::BucketKey& default_bucket_key,
                                           const ArrayMap& arg_params, const ArrayMap& aux_params,
                                           const BucketingOptions& options) {
  BucketingModule module(std::move(sym_dict), std::move(sym_gen), default_bucket_key, options);
  Module::Impl& first = *module.impl_->first().impl_;
  first.loaded = LoadedParams{"load_dict", {arg_params, aux_params}};
  first.params_initialized = true;
  return module;
}

std::shared_ptr<BaseModule> BucketingModule::handle() const {
  return std::make_shared<BucketingModule>(*this);
}

void BucketingModule::bind(const std::vector<io::DataDesc>& data_shapes,
                           const std::vector<io::DataDesc>& label_shapes,
                           const BindOptions& options) {
  Impl& self = *impl_;
  if (binded() && !options.force_rebind) {
    log_line("Already bound, ignoring bind()");
    return;
  }
  check(options.shared_module == nullptr,
        "bind: shared_module: a BucketingModule has parameters of its own");
  self.first().bind(data_shapes, label_shapes, options);
  self.drop_others();
  self.current_key = self.default_key;
  self.bind_options = options;
}

void BucketingModule::switch_bucket(const io::BucketKey& bucket_key,
                                    const std::vector<io::DataDesc>& data_shapes,
                                    const std::vector<io::DataDesc>& label_shapes) {
  check_ready("switch_bucket");
  check(bucket_key.defined(), "switch_bucket: expected a bucket_key, got none");
  if (!impl_->buckets.contains(bucket_key)) impl_->add(bucket_key, data_shapes, label_shapes);
  impl_->current_key = bucket_key;
}

void BucketingModule::init_params(const InitParamsOptions& options) {
  impl_->first().init_params(options);
}

void BucketingModule::set_params(const ArrayMap& arg_params, const ArrayMap& aux_params,
                                 const SetParamsOptions& options) {
  impl_->first().set_params(arg_params, aux_params, options);
}

model::Params BucketingModule::get_params() const { return impl_->first().get_params(); }
model::Params BucketingModule::param_arrays() const { return impl_->first().param_arrays(); }

void BucketingModule::init_optimizer(const InitOptimizerOptions& options) {
  Module& first = impl_->first();
  first.init_optimizer(options);
  for (auto& [key, module] : impl_->buckets) {
    if (key != impl_->default_key) module.borrow_optimizer(first);
  }
}

void BucketingModule::install_monitor(const mon::Monitor& monitor) {
  check(binded(), "install_monitor: the module has no shapes yet; call bind first");
  std::vector<mon::Monitor>& all = impl_->monitors;
  std::erase_if(all, [&](const mon::Monitor& known) { return known.same_as(monitor); });
  all.push_back(monitor);
  for (auto& [key, module] : impl_->buckets) module.install_monitor(monitor);
}

void BucketingModule::prepare(const io::DataBatch& batch) {
  check_ready("prepare");
  const io::BucketKey before = impl_->current_key;
  impl_->go_to(batch).prepare(batch);
  impl_->current_key = before;
}

void BucketingModule::forward(const io::DataBatch& batch, std::optional<bool> is_train) {
  check_ready("forward");
  impl_->go_to(batch).forward(batch, is_train);
}

void BucketingModule::backward(const std::vector<NDArray>& out_grads) {
  impl_->current().backward(out_grads);
}

void BucketingModule::update() { impl_->current().update(); }

void BucketingModule::train_step(const io::DataBatch& batch) {
  check_ready("train_step");
  impl_->go_to(batch).train_step(batch);
}

void BucketingModule::update_metric(metric::EvalMetric& metric,
                                    const std::vector<NDArray>& labels) {
  impl_->current().update_metric(metric, labels);
}

std::vector<NDArray> BucketingModule::get_outputs() const { return bucket().get_outputs(); }
std::vector<NDArray> BucketingModule::get_input_grads() const { return bucket().get_input_grads(); }

void BucketingModule::save_checkpoint(const std::string& prefix, int epoch,
                                      bool save_optimizer_states) const {
  const Module& first = impl_->first();
  SavedNetwork saved{.params = get_params()};
  if (save_optimizer_states) saved.states = first.get_optimizer_states();
  for (const auto& [key, module] : impl_->buckets) {
    saved.symbols.emplace_back(symbol_file(prefix, key), module.symbol());
  }
  const std::vector<io::BucketKey> keys = bucket_keys();
  if (std::all_of(keys.begin(), keys.end(), [](const auto& key) { return key.is_number(); })) {
    std::vector<std::int64_t> numbers;
    numbers.reserve(keys.size());
    for (const io::BucketKey& key : keys) numbers.push_back(key.number());
    saved.others.emplace_back(prefix + ".buckets",
                              nd::save_tobuffer(std::vector{nd::array(numbers, int32, cpu())}));
  }
  write_checkpoint(prefix, epoch, saved);
}

bool BucketingModule::binded() const { return impl_->first().binded(); }
bool BucketingModule::for_training() const { return impl_->first().for_training(); }
bool BucketingModule::inputs_need_grad() const { return impl_->first().inputs_need_grad(); }
bool BucketingModule::params_initialized() const { return impl_->first().params_initialized(); }
bool BucketingModule::optimizer_initialized() const {
  return impl_->first().optimizer_initialized();
}
const Symbol& BucketingModule::symbol() const { return bucket().symbol(); }
const std::vector<std::string>& BucketingModule::data_names() const {
  return bucket().data_names();
}
std::vector<std::string> BucketingModule::output_names() const { return bucket().output_names(); }
const std::vector<io::DataDesc>& BucketingModule::data_shapes() const {
  return bucket().data_shapes();
}
const std::vector<io::DataDesc>& BucketingModule::label_shapes() const {
  return bucket().label_shapes();
}
std::vector<io::DataDesc> BucketingModule::output_shapes() const {
  return bucket().output_shapes();
}

std::vector<io::BucketKey> BucketingModule::bucket_keys() const {
  std::vector<io::BucketKey> keys;
  keys.reserve(impl_->buckets.size());
  for (const auto& [key, module] : impl_->buckets) keys.push_back(key);
  return keys;
}

const io::BucketKey& BucketingModule::bucket_key() const { return impl_->current_key; }
const Module& BucketingModule::bucket() const { return impl_->current(); }
optimizer::Optimizer& BucketingModule::optimizer() const { return impl_->first().optimizer(); }

}  // namespace gluino::mod
