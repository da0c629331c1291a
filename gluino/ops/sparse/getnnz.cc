#include <gluino/ndarray/creation.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/sparse/getnnz.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

// Counts element after element, each of one row and one column.
class Counts {
 public:
  Counts(const GetnnzOptions& o, std::int64_t* counts, std::int64_t size)
      : axis_(o.axis.value_or(-1)), counts_(counts) {
    std::fill_n(counts, size, 0);
  }
  void add(std::int64_t row, std::int64_t column) {
    ++counts_[axis_ == 0 ? column : axis_ == 1 ? row : 0];
  }

 private:
  std::int64_t axis_;
  std::int64_t* counts_;
};

void infer(const GetnnzOptions& o, Inference& s) {
  const Shape& data = s.in(0);
  s.expect(data.ndim() == 2, 0, "expected a matrix, got ", data);
  s.expect(!o.axis || *o.axis == 0 || *o.axis == 1, -1, "axis: expected 0, 1 or None, got ",
           o.axis.value_or(0));
  s.set_out(0, {o.axis ? data[*o.axis == 0 ? 1 : 0] : 1});
}

void of_dense(const GetnnzOptions& o, const Call& call) {
  const Tensor &data = call.in[0], &out = call.out[0];
  Counts counts(o, out.as<std::int64_t>(), out.size());
  dispatch_numbers(data.dtype, [&]<class T>() {
    const std::int64_t columns = data.shape[1];
    for (std::int64_t i = 0; i < data.size(); ++i) {
      if (data.as<T>()[i] != T(0)) counts.add(i / columns, i % columns);
    }
  });
}

std::vector<NDArray> of_stored(const GetnnzOptions& o, const StoredCall& call) {
  const NDArray& data = call.in[0];
  if (data.stype() != StorageType::csr) return {};
  const NDArray result(call.form[0].shape, int64, data.context());
  Counts counts(o, result.data<std::int64_t>(), result.size());
  const auto starts = data.indptr().to_vector<std::int64_t>();
  const auto columns = data.indices().to_vector<std::int64_t>();
  for (std::size_t row = 0; row + 1 < starts.size(); ++row) {
    for (std::int64_t i = starts[row]; i < starts[row + 1]; ++i) {
      counts.add(static_cast<std::int64_t>(row), columns[static_cast<std::size_t>(i)]);
    }
  }
  return {result};
}

[[maybe_unused]] const bool registered = [] {
  define_op<GetnnzOptions>("_contrib_getnnz")
      .doc("How many elements of a matrix are stored; of a dense one, how many are not 0.")
      .inputs({"data"})
      .types(Types::numbers)
      .field("axis", &GetnnzOptions::axis,
             "0: of each column; 1: of each row; None: of the whole matrix.")
      .infer_types([](const GetnnzOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; })
      .infer(+infer)
      .forward(of_dense)
      .sample({}, {{{3, 4}}})
      .sample({.axis = 0}, {{{3, 4}}})
      .sample({.axis = 1}, {{{0, 4}}});
  return add_stored<GetnnzOptions>("_contrib_getnnz", of_stored);
}();

}  // namespace
}  // namespace gluino
