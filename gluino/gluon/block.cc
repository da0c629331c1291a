#include <cxxabi.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/name_pattern.h>
#include <gluino/gluon/block.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/ndarray/pooled.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ostream>

namespace gluino::gluon {
namespace {

std::atomic<std::uint64_t> changes = 0;

std::uint64_t next_change() { return ++changes; }

std::string_view without_underscore(std::string_view prefix) {
  return prefix.ends_with('_') ? prefix.substr(0, prefix.size() - 1) : prefix;
}

void collect(const Block& block, const NamePattern* pattern, ParameterDict& found) {
  const ParameterDict own = block.params();
  for (const Parameter& parameter : own) {
    if (pattern == nullptr || pattern->matches(parameter.name())) found.add(parameter);
  }
  for (const auto& [name, child] : block.children()) collect(*child, pattern, found);
}

std::string indented(const std::string& text) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  return result;
}

}  // namespace

Block::Block(std::string prefix)
    : prefix_(std::move(prefix)),
      counters_(std::make_shared<NameCounters>()),
      stamp_(next_change()) {
  counters_->prefix = prefix_;
}

Block::Block(const Block& other)
    : prefix_(other.prefix_),
      counters_(std::make_shared<NameCounters>(*other.counters_)),
      params_(other.params_),
      children_(other.children_),
      hooks_(other.hooks_),
      pre_hooks_(other.pre_hooks_),
      next_hook_(other.next_hook_),
      stamp_(next_change()) {}

Block& Block::operator=(const Block& other) {
  if (this == &other) return *this;
  prefix_ = other.prefix_;
  *counters_ = *other.counters_;
  params_ = other.params_;
  children_ = other.children_;
  hooks_ = other.hooks_;
  pre_hooks_ = other.pre_hooks_;
  next_hook_ = other.next_hook_;
  stamp_ = next_change();
  return *this;
}

NDArray Block::operator()(const NDArray& input) {
  const Nested output = call(input);
  if (!output.is_array()) {
    fail("[", title(), "] gives ", output, ", not one array; take all by call(x)");
  }
  return output.array();
}

Nested Block::operator()(const Nested& input) {
  return call(input.is_array() ? input : Nested(std::initializer_list<Nested>{input}));
}

Nested Block::operator()(const Nested& first, const Nested& second) {
  return call({first, second});
}

Nested Block::operator()(const Nested& first, const Nested& second, const Nested& third) {
  return call({first, second, third});
}

Nested Block::call(const Nested& inputs) {
  if (inputs.is_list() && inputs.size() == 1 && inputs[0].is_array()) return call(inputs[0]);
  const LayerName layer(without_underscore(prefix_));
  if (!pre_hooks_.empty()) call_hooks(pre_hooks_, inputs);
  Nested output = run(inputs);
  if (!hooks_.empty()) call_hooks(hooks_, inputs, output);
  return output;
}

NDArray Block::forward(const NDArray& /*input*/) {
  fail(
      "[", title(),
      "] has no forward of one array: a block overrides NDArray forward(const NDArray&), or Nested "
      "forward(const Nested&) for several, and is called as block(x)");
}

Nested Block::forward(const Nested& inputs) {
  if (!inputs.is_array()) refuse(Arguments<NDArray>::text(), inputs);
  return forward(inputs.array());
}

void Block::refuse(const std::string& expected, const Nested& inputs) const {
  const std::string given = text_of_arguments(inputs);
  fail("[", title(), "] takes (", expected.empty() ? "nothing" : expected, "), got (",
       given.empty() ? "nothing" : given, ")");
}

// Hooks may change the list of hooks.
template <class Hook, class... Given>
void Block::call_hooks(const Hooks<Hook>& hooks, const Given&... given) const {
  if (Tracer::is_active()) return;  // there are no values to show
  const auto before = hooks;        // NOLINT(performance-unnecessary-copy-initialization)
  for (const auto& hook : before) {
    const bool still_there = std::any_of(hooks.begin(), hooks.end(), [&](const auto& present) {
      return present.second == hook.second;
    });
    if (still_there) (*hook.second)(*this, given...);
  }
}

std::string Block::name() const { return std::string(without_underscore(prefix_)); }

std::string Block::title() const {
  return prefix_.empty() ? type_name() : str(type_name(), " ", name());
}

std::string Block::type_name() const {
  int status = 0;
  char* demangled = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? demangled : typeid(*this).name();
  std::free(demangled);
  const auto colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

ParameterDict Block::params() const {
  ParameterDict own(prefix_);
  for (const auto& [name, parameter] : params_) own.add(parameter);
  return own;
}

ParameterDict Block::collect_params(const std::string& pattern) const {
  ParameterDict found(prefix_);
  if (pattern.empty()) {
    collect(*this, nullptr, found);
    return found;
  }
  const NamePattern names(pattern, "collect_params");
  collect(*this, &names, found);
  return found;
}

std::vector<std::pair<std::string, Parameter>> Block::structural_params() const {
  std::vector<std::pair<std::string, Parameter>> found = params_;
  for (const auto& [name, child] : children_) {
    for (auto& [key, parameter] : child->structural_params()) {
      found.emplace_back(name + "." + key, std::move(parameter));
    }
  }
  return found;
}

void Block::initialize(const init::Initializer& init, const std::vector<Context>& contexts,
                       bool force_reinit) const {
  collect_params().initialize(init, contexts, force_reinit);
}

void Block::apply(const std::function<void(Block&)>& f) {
  check(f != nullptr, title(), ": apply needs a function");
  for (const auto& [name, child] : children_) child->apply(f);
  f(*this);
}

void Block::hybridize(bool active) {
  for (const auto& [name, child] : children_) child->hybridize(active);
}

void Block::cast(DType dtype) const {
  for (const Parameter& parameter : collect_params()) parameter.cast(dtype);
}

template <class Hook>
int Block::add_hook(Hooks<Hook>& hooks, Hook hook, const char* method) {
  check(hook != nullptr, title(), ": ", method, " needs a function");
  hooks.emplace_back(next_hook_, std::make_shared<const Hook>(std::move(hook)));
  next_change();
  return next_hook_++;
}

int Block::register_forward_hook(ForwardHook hook) {
  return add_hook(hooks_, std::move(hook), "register_forward_hook");
}

int Block::register_forward_pre_hook(ForwardPreHook hook) {
  return add_hook(pre_hooks_, std::move(hook), "register_forward_pre_hook");
}

void Block::remove_forward_hook(int id) {
  const auto is_it = [id](const auto& hook) { return hook.first == id; };
  std::erase_if(hooks_, is_it);
  std::erase_if(pre_hooks_, is_it);
  next_change();
}

std::uint64_t Block::last_change() { return changes.load(); }

Block::Structure Block::structure() const {
  Structure found;
  add_structure(found);
  return found;
}

void Block::add_structure(Structure& found) const {
  found.stamps.push_back(stamp_);
  for (const auto& [name, child] : children_) {
    found.hooks_inside = found.hooks_inside || child->has_forward_hooks();
    child->add_structure(found);
  }
}

bool Block::has_inside(const Block& block) const {
  return this == &block || std::any_of(children_.begin(), children_.end(), [&](const auto& child) {
           return child.second->has_inside(block);
         });
}

void Block::rename(const std::string& prefix) {
  const std::string before = prefix_;
  if (prefix == before) return;
  for (const auto& [name, parameter] : params_) {
    if (parameter.name() == before + name) parameter.rename(prefix + name);
  }
  for (const auto& [name, child] : children_) {
    if (child->prefix_.starts_with(before)) {
      child->rename(prefix + child->prefix_.substr(before.size()));
    }
  }
  prefix_ = prefix;
  counters_->prefix = prefix;
}

void Block::register_child(std::string name, std::shared_ptr<Block> block) {
  check(block != nullptr, title(), ": a child block is missing");
  for (const auto& [taken, child] : children_) {
    check(taken != name, title(), ": there is a child \"", name, "\" already, ", child->title());
  }
  check(!block->has_inside(*this), title(), ": the child \"", name,
        "\" has the block itself inside");
  children_.emplace_back(std::move(name), std::move(block));
  stamp_ = next_change();
}

Parameter Block::parameter(const std::string& name, const ParameterOptions& options) {
  Parameter made(prefix_ + name, options);
  params_.emplace_back(name, made);
  return made;
}

NDArray Block::apply_op(const Op& op, const void* options, const NDArray& input,
                        std::initializer_list<const Parameter*> parameters) const {
  const auto waits = [](const Parameter* parameter) { return !parameter->is_initialized(); };
  if (std::any_of(parameters.begin(), parameters.end(), waits)) {
    std::vector<Shape> in = {input.shape()};
    for (const Parameter* parameter : parameters) in.push_back(parameter->shape());
    std::vector<Shape> out(static_cast<std::size_t>(num_outputs(op, options)));
    std::vector<DType> in_types(in.size(), input.dtype());
    std::vector<DType> out_types(out.size());
    infer_node(op, options, current_mode().layer, in, out, in_types, out_types);
    auto shape = in.begin() + 1;
    for (const Parameter* parameter : parameters) parameter->complete(*shape++);
  }
  PooledVector<NDArray> arrays;
  arrays.reserve(1 + parameters.size());
  arrays.push_back(input);
  for (const Parameter* parameter : parameters) arrays.push_back(parameter->data(input.context()));
  return gluino::apply(op, options, arrays);
}

std::string Block::to_string() const {
  if (children_.empty()) return type_name() + "(\n\n)";
  std::string text = type_name() + "(\n";
  for (const auto& [name, child] : children_) {
    text += "  (" + name + "): " + indented(child->to_string()) + "\n";
  }
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Block& block) { return out << block.to_string(); }

}  // namespace gluino::gluon
