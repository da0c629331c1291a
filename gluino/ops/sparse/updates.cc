#include <gluino/ops/core/stored.h>
#include <gluino/ops/sparse/stored_rows-inl.h>
#include <gluino/ops/updates/update.h>
#include <gluino/ops/updates/update_rules.h>

#include <string>
#include <type_traits>

// Steps of optimizers by a row_sparse gradient: of the rows that it stores, and of no others.
namespace gluino {
namespace {

// The elements of a weight or a state, to be changed in place. A row_sparse one stores all of its
// rows from now on.
NDArray all_rows(const NDArray& array) {
  if (array.is_dense()) return array;
  check(array.stype() == StorageType::row_sparse,
        "an update takes weights and states that are dense or row_sparse, got csr");
  const bool in_order = nd::sparse::parts_of(array).disorder.empty();
  if (array.stored_values().shape() != array.shape() || !in_order) {
    RowNumbers rows;
    for (std::int64_t row = 0; row < array.shape()[0]; ++row) rows.push_back(row);
    array.store(StoredRows(array).taken(rows));
  }
  return array.stored_values();
}

bool same_elements(const NDArray& a, const NDArray& b) {
  return a.is_dense() && b.is_dense() && a.data() == b.data() && a.shape() == b.shape();
}

template <class O>
std::vector<NDArray> step(const std::string& name, const O& o, const StoredCall& call) {
  const NDArray& grad = call.in[1];
  if (grad.stype() != StorageType::row_sparse) return {};
  // As in MXNet, FTRL leaves rows alone where the weight may do without them.
  if (std::is_same_v<O, FtrlUpdateOptions> && call.in[0].is_dense()) return {};
  if constexpr (requires { o.lazy_update; }) {
    if (!o.lazy_update) return {};
  }
  const NDArray& given = call.out[0];
  const NDArray& before = call.in[0];
  const bool in_place = given.defined() && (given.same_as(before) || same_elements(given, before));
  const NDArray target = in_place ? before : before.copy();
  const StoredRows stored(grad);
  const RowNumbers& rows = stored.rows;
  std::vector<NDArray> whole{all_rows(target), {}};
  std::vector<NDArray> part{gathered(whole[0], rows), stored.values};
  for (std::size_t i = 2; i < call.in.size(); ++i) {
    whole.push_back(all_rows(call.in[i]));
    part.push_back(gathered(whole[i], rows));
  }
  invoke(Op::get<O>(name), &o, part, {part.data(), 1});
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (whole[i].defined()) scatter(part[i], rows, whole[i]);
  }
  return {in_place ? given : target};
}

template <class O>
bool define(const std::string& name) {
  return add_stored<O>(name,
                       [name](const O& o, const StoredCall& call) { return step(name, o, call); });
}

[[maybe_unused]] const bool defined =
    define<SgdUpdateOptions>("sgd_update") && define<SgdMomUpdateOptions>("sgd_mom_update") &&
    define<AdamUpdateOptions>("adam_update") && define<AdaGradUpdateOptions>("adagrad_update") &&
    define<FtrlUpdateOptions>("ftrl_update");

}  // namespace
}  // namespace gluino
