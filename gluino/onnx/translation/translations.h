#pragma once

#include <gluino/onnx/translation/export_node.h>
#include <gluino/onnx/translation/import_node.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// The one table of what is translated; the room's own. A family of operators stands in a file of
/// operators/ or layers/, both directions side by side:
///
///     const bool registered = translate([](Translations& t) {
///       t.same("exp", "Exp");
///       t.writes<ClipOptions>("clip", write_clip);
///       t.reads("Clip", read_clip);
///     });
namespace gluino::onnx {

class Translations {
 public:
  /// The table, whole once the library is loaded.
  static Translations& table();

  using Writer = std::function<void(ExportNode&, const void* options)>;
  using Reader = std::function<Symbols(const ImportNode&)>;

  /// An operator of ours and ONNX' of that name compute the same of the same inputs, and have no
  /// options. What ONNX' becomes is the one said first.
  Translations& same(const std::string& ours, const std::string& theirs);
  /// write(ExportNode&, const O&) says what our operator is in ONNX.
  template <class O, class F>
  Translations& writes(const std::string& ours, F write) {
    return writes(ours, typeid(O), [write](ExportNode& node, const void* options) {
      write(node, *static_cast<const O*>(options));
    });
  }
  /// The same of operators whose options are a type of their file: write(ExportNode&).
  template <class F>
  Translations& writes_by_name(const std::string& ours, F write) {
    return writes(ours, typeid(void),
                  [write](ExportNode& node, const void* /*options*/) { write(node); });
  }
  /// read(const ImportNode&) gives what an ONNX operator is: a symbol per output.
  template <class F>
  Translations& reads(const std::string& theirs, F from_file) {
    return reads_as(theirs, [from_file](const ImportNode& node) -> Symbols {
      if constexpr (std::is_convertible_v<decltype(from_file(node)), Symbol>) {
        return {from_file(node)};
      } else {
        return from_file(node);
      }
    });
  }

  /// Why operators of ONNX have no form here, as the end of a sentence.
  Translations& lacks(const std::string& why, const std::vector<std::string>& theirs);

  /// Null where there is none.
  const Writer* writer(const Op& op) const;
  const Reader* reader(const std::string& theirs) const;
  /// Empty where nothing is known but that there is none.
  std::string why_not(const std::string& theirs) const;
  /// The names of ours that are written, and of theirs that are read, sorted.
  std::vector<std::string> written() const;
  std::vector<std::string> read() const;

 private:
  Translations& writes(const std::string& ours, std::type_index options, Writer writer);
  Translations& reads_as(const std::string& theirs, Reader reader);

  struct Written {
    std::type_index options;
    Writer writer;
  };
  std::map<std::string, Written> writers_;
  std::map<std::string, Reader> readers_;
  std::map<std::string, std::string> lacking_;
};

/// Adds to the table: what every such file ends with.
template <class F>
bool translate(F add) {
  add(Translations::table());
  return true;
}

}  // namespace gluino::onnx
