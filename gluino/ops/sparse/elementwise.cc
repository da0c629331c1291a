#include <gluino/ops/core/invoke.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/quadratic.h>
#include <gluino/ops/elementwise/straight_through.h>
#include <gluino/ops/sparse/stored_elements-inl.h>
#include <gluino/ops/sparse/stored_rows-inl.h>

#include <string>

// Functions of each element that are 0 where all they read is 0: what is stored is all there is to
// compute. The numbers are the dense operators' own, of the stored values.
namespace gluino {
namespace {

using Results = std::vector<NDArray>;
using Names = std::initializer_list<const char*>;

bool is(const NDArray& array, StorageType stype) { return array.stype() == stype; }

// ---- One operand -------------------------------------------------------------------------------

template <class O>
Results of_values(const std::string& name, const O& o, const NDArray& x) {
  const NDArray values[] = {x.stored_values()};
  return {nd::sparse::with_values(x, apply(Op::get<O>(name), &o, values))};
}

// The same where f(0) is 0.
template <class O>
Results of_values_if_zero_stays(const std::string& name, const O& o, const NDArray& x) {
  const NDArray zero[] = {nd::zeros({1}, x.dtype(), x.context())};
  if (apply(Op::get<O>(name), &o, zero).template asscalar<double>() != 0) return {};
  return of_values(name, o, x);
}

bool define_unary(Names names) {
  for (const std::string name : names) {
    add_stored<NoOptions>(name, [name](const NoOptions& o, const StoredCall& call) {
      return of_values(name, o, call.in[0]);
    });
  }
  return true;
}

template <class O>
bool define_conditional(Names names) {
  for (const std::string name : names) {
    add_stored<O>(name, [name](const O& o, const StoredCall& call) {
      return of_values_if_zero_stays(name, o, call.in[0]);
    });
  }
  return true;
}

[[maybe_unused]] const bool unary = define_unary({"abs",
                                                  "arcsin",
                                                  "arcsinh",
                                                  "arctan",
                                                  "arctanh",
                                                  "cbrt",
                                                  "ceil",
                                                  "degrees",
                                                  "expm1",
                                                  "fix",
                                                  "floor",
                                                  "log1p",
                                                  "negative",
                                                  "radians",
                                                  "relu",
                                                  "rint",
                                                  "round",
                                                  "sign",
                                                  "sin",
                                                  "sinh",
                                                  "sqrt",
                                                  "square",
                                                  "tan",
                                                  "tanh",
                                                  "trunc",
                                                  "_copy",
                                                  "BlockGrad",
                                                  "make_loss",
                                                  "_contrib_round_ste",
                                                  "_contrib_sign_ste"});

[[maybe_unused]] const bool scalars = define_conditional<ScalarOptions>(
    {"_plus_scalar", "_minus_scalar", "_mul_scalar", "_div_scalar", "_equal_scalar",
     "_not_equal_scalar", "_greater_scalar", "_greater_equal_scalar", "_lesser_scalar",
     "_lesser_equal_scalar"});

[[maybe_unused]] const bool clipped = define_conditional<ClipOptions>({"clip"});

[[maybe_unused]] const bool passed_on =
    define_conditional<GradientMultiplierOptions>({"_contrib_gradientmultiplier"});

[[maybe_unused]] const bool quadratic =
    define_conditional<QuadraticOptions>({"_contrib_quadratic"});

[[maybe_unused]] const bool converted = add_stored<CastOptions>(
    "Cast",
    [](const CastOptions& o, const StoredCall& call) { return of_values("Cast", o, call.in[0]); });

[[maybe_unused]] const bool zeros =
    add_stored<NoOptions>("zeros_like", [](const NoOptions& /*o*/, const StoredCall& call) {
      const NDArray& x = call.in[0];
      return Results{nd::sparse::zeros(x.stype(), x.shape(), x.dtype(), x.context())};
    });

// ---- Two operands ------------------------------------------------------------------------------

NDArray of_pair(const std::string& name, const NDArray& a, const NDArray& b) {
  const NDArray in[] = {a, b};
  const NoOptions none;
  return apply(Op::get<NoOptions>(name), &none, in);
}

// Of two arrays stored alike: the rows that either stores; of csr what is not 0 then, as in MXNet.
Results of_both(const std::string& name, const NDArray& a, const NDArray& b) {
  if (is(a, StorageType::row_sparse)) {
    const StoredRows left(a), right(b);
    RowNumbers rows;
    std::set_union(left.rows.begin(), left.rows.end(), right.rows.begin(), right.rows.end(),
                   std::back_inserter(rows));
    return {array_of_rows(of_pair(name, left.at(rows), right.at(rows)), rows, a.shape())};
  }
  const StoredUnion both(a, b);
  return {without_zeros(both.with(of_pair(name, both.left, both.right)))};
}

// Of a sparse and a dense array, which may be a row or a column: where the first is stored.
Results of_stored(const std::string& name, const NDArray& sparse, const NDArray& dense) {
  const NDArray there = is(sparse, StorageType::csr)
                            ? elements_at(sparse, dense)
                            : gathered(dense, sparse.indices().to_vector<std::int64_t>());
  return {nd::sparse::with_values(sparse, of_pair(name, sparse.stored_values(), there))};
}

bool are_stored_alike(const NDArray& a, const NDArray& b) {
  return !a.is_dense() && a.stype() == b.stype();
}

bool define_sums(Names names) {
  for (const std::string name : names) {
    add_stored<NoOptions>(name, [name](const NoOptions& /*o*/, const StoredCall& call) {
      const NDArray &a = call.in[0], &b = call.in[1];
      return are_stored_alike(a, b) ? of_both(name, a, b) : Results();
    });
  }
  return true;
}

// Of arrays that broadcast MXNet has but those of a csr array and a dense one that is no larger.
bool define_broadcast_products(Names names) {
  for (const std::string name : names) {
    add_stored<NoOptions>(name, [name](const NoOptions& /*o*/, const StoredCall& call) {
      const NDArray &a = call.in[0], &b = call.in[1];
      const bool scales = is(a, StorageType::csr) && b.is_dense();
      return scales && a.shape() == call.form[0].shape ? of_stored(name, a, b) : Results();
    });
  }
  return true;
}

[[maybe_unused]] const bool sums =
    define_sums({"elemwise_add", "elemwise_sub", "_maximum", "_minimum", "_hypot"});
[[maybe_unused]] const bool broadcast_products =
    define_broadcast_products({"broadcast_mul", "broadcast_div"});

[[maybe_unused]] const bool product =
    add_stored<NoOptions>("elemwise_mul", [](const NoOptions& /*o*/, const StoredCall& call) {
      const std::string name = "elemwise_mul";
      const NDArray &a = call.in[0], &b = call.in[1];
      if (are_stored_alike(a, b)) return of_both(name, a, b);
      if (b.is_dense()) return of_stored(name, a, b);
      return a.is_dense() ? of_stored(name, b, a) : Results();
    });

[[maybe_unused]] const bool many =
    add_stored<NoOptions>("add_n", [](const NoOptions& /*o*/, const StoredCall& call) {
      for (const NDArray& array : call.in) {
        if (!is(array, StorageType::row_sparse)) return Results();
      }
      NDArray sum = call.in[0].detach();
      for (std::size_t i = 1; i < call.in.size(); ++i) {
        sum = of_both("elemwise_add", sum, call.in[i])[0];
      }
      return Results{sum};
    });

}  // namespace
}  // namespace gluino
