#pragma once

#include <gluino/base/export.h>
#include <gluino/ops/core/op.h>

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

/// How nodes get their names and attributes when a call gives none. While an object of these
/// classes lives, it decides for the calls on its thread; the one made last comes first.
namespace gluino::sym {

/// Gives automatic names: the stem and a number that counts up per stem, "fullyconnected0". A
/// thread begins with one manager that lives as long as it does.
class GLUINO_API NameManager {
 public:
  NameManager();
  virtual ~NameManager();
  NameManager(const NameManager&) = delete;
  NameManager& operator=(const NameManager&) = delete;

  /// `name` if there is one, else the next automatic name with this stem.
  virtual std::string get(std::string_view name, const std::string& stem);

  static NameManager& current();

 private:
  std::map<std::string, int> counters_;
  NameManager* before_;
};

/// Puts a prefix before all names of nodes, given or automatic; variables keep theirs.
class GLUINO_API Prefix : public NameManager {
 public:
  explicit Prefix(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string get(std::string_view name, const std::string& stem) override {
    return prefix_ + NameManager::get(name, stem);
  }

 private:
  std::string prefix_;
};

/// Gives attributes to all nodes and variables made while it lives, beside those of outer scopes:
///
///     const sym::AttrScope scope({{"__lr_mult__", "0.1"}});
///
/// Throws Error for names that are not of the form "__name__" (ctx_group, lr_mult, wd_mult,
/// force_mirroring and mirror_stage are brought into it).
class GLUINO_API AttrScope {
 public:
  AttrScope(std::initializer_list<Attributes::value_type> attributes);
  ~AttrScope();
  AttrScope(const AttrScope&) = delete;
  AttrScope& operator=(const AttrScope&) = delete;

  /// The attributes of all scopes on this thread.
  static const Attributes& current();

 private:
  std::shared_ptr<const Attributes> before_;
};

/// "__lr_mult__" for "lr_mult" and the other four names that MXNet writes so; else the key itself.
GLUINO_API std::string hidden_key(const std::string& key);

}  // namespace gluino::sym
