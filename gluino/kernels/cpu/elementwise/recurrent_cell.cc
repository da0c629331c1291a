#include <gluino/kernels/cpu/elementwise/recurrent_cell.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/recurrent_cell.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/support/math-inl.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

template <class D, class V>
HWY_INLINE V inside(D d, V cell, const CellBounds& bounds) {
  const V least = constant(d, bounds.least);
  const V kept = hn::Min(hn::Max(cell, least), constant(d, bounds.most));
  return hn::IfThenElse(hn::IsNaN(cell), bounds.replaces_nan ? least : cell, kept);
}

// dy * y * (1 - y)
template <class D, class V>
HWY_INLINE V through_sigmoid(D d, V y, V dy) {
  return hn::Mul(dy, hn::Mul(y, hn::Sub(constant(d, 1.0), y)));
}

// dy * (1 - y^2)
template <class V>
HWY_INLINE V through_tanh(V y, V dy) {
  return hn::Mul(dy, hn::NegMulAdd(y, y, constant(hn::DFromV<V>(), 1.0)));
}

template <class T>
void lstm(T* gates, const T* before, T* cells, T* out, std::int64_t n, const CellBounds* bounds) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    T* const at = gates + i;
    const auto in = vector_sigmoid(d, load(mask, d, at));
    const auto forget = vector_sigmoid(d, load(mask, d, at + n));
    const auto fresh = vector_tanh(d, load(mask, d, at + 2 * n));
    const auto shown = vector_sigmoid(d, load(mask, d, at + 3 * n));
    auto cell = hn::MulAdd(forget, load(mask, d, before + i), hn::Mul(in, fresh));
    if (bounds != nullptr) cell = inside(d, cell, *bounds);
    store(in, mask, d, at);
    store(forget, mask, d, at + n);
    store(fresh, mask, d, at + 2 * n);
    store(shown, mask, d, at + 3 * n);
    store(cell, mask, d, cells + i);
    store(hn::Mul(shown, vector_tanh(d, cell)), mask, d, out + i);
  });
}

template <class T>
void lstm_back(const T* gates, const T* before, const T* cells, const T* dout, T* dcells, T* dgates,
               std::int64_t n, const CellBounds* bounds) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const T* const at = gates + i;
    T* const to = dgates + i;
    const auto in = load(mask, d, at);
    const auto forget = load(mask, d, at + n);
    const auto fresh = load(mask, d, at + 2 * n);
    const auto shown = load(mask, d, at + 3 * n);
    const auto cell = load(mask, d, cells + i);
    const auto dy = load(mask, d, dout + i);
    const auto by_cell = vector_tanh(d, cell);
    auto dcell = hn::Add(load(mask, d, dcells + i), through_tanh(by_cell, hn::Mul(dy, shown)));
    if (bounds != nullptr) {
      // What was cut off has no slope.
      const auto low = hn::Le(cell, constant(d, bounds->least));
      const auto high = hn::Ge(cell, constant(d, bounds->most));
      dcell = hn::IfThenZeroElse(hn::Or(low, high), dcell);
    }
    store(through_sigmoid(d, in, hn::Mul(dcell, fresh)), mask, d, to);
    store(through_sigmoid(d, forget, hn::Mul(dcell, load(mask, d, before + i))), mask, d, to + n);
    store(through_tanh(fresh, hn::Mul(dcell, in)), mask, d, to + 2 * n);
    store(through_sigmoid(d, shown, hn::Mul(dy, by_cell)), mask, d, to + 3 * n);
    store(hn::Mul(dcell, forget), mask, d, dcells + i);
  });
}

template <class T>
void gru(T* gates, const T* state, const T* before, T* out, std::int64_t n) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    T* const at = gates + i;
    const T* const from = state + i;
    const auto sum_at = [&](std::int64_t gate) HWY_ATTR {
      return hn::Add(load(mask, d, at + gate * n), load(mask, d, from + gate * n));
    };
    const auto reset = vector_sigmoid(d, sum_at(0));
    const auto update = vector_sigmoid(d, sum_at(1));
    const auto fresh =
        vector_tanh(d, hn::MulAdd(reset, load(mask, d, from + 2 * n), load(mask, d, at + 2 * n)));
    store(reset, mask, d, at);
    store(update, mask, d, at + n);
    store(fresh, mask, d, at + 2 * n);
    const auto kept = hn::Mul(update, load(mask, d, before + i));
    store(hn::MulAdd(hn::Sub(constant(d, 1.0), update), fresh, kept), mask, d, out + i);
  });
}

template <class T>
void gru_back(const T* gates, const T* last_state, const T* before, T* dout, T* dgates, T* dstate,
              std::int64_t n) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto reset = load(mask, d, gates + i);
    const auto update = load(mask, d, gates + n + i);
    const auto fresh = load(mask, d, gates + 2 * n + i);
    const auto dy = load(mask, d, dout + i);
    const auto to_fresh = hn::Mul(dy, hn::Sub(constant(d, 1.0), update));
    const auto dfresh = through_tanh(fresh, to_fresh);
    const auto dreset = through_sigmoid(d, reset, hn::Mul(dfresh, load(mask, d, last_state + i)));
    const auto dupdate =
        through_sigmoid(d, update, hn::Mul(dy, hn::Sub(load(mask, d, before + i), fresh)));
    for (T* const to : {dgates + i, dstate + i}) {
      store(dreset, mask, d, to);
      store(dupdate, mask, d, to + n);
    }
    store(dfresh, mask, d, dgates + 2 * n + i);
    store(hn::Mul(dfresh, reset), mask, d, dstate + 2 * n + i);
    store(hn::Mul(dy, update), mask, d, dout + i);
  });
}

template <class T>
const RecurrentCell<T>* cells() {
  static constexpr RecurrentCell<T> table = {&lstm<T>, &lstm_back<T>, &gru<T>, &gru_back<T>};
  return &table;
}
const RecurrentCell<float>* cells_float() { return cells<float>(); }
const RecurrentCell<double>* cells_double() { return cells<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(RecurrentCell, chosen_cell, cells_float, cells_double)

}  // namespace

template <class T>
const RecurrentCell<T>& recurrent_cell() {
  return chosen_cell<T>();
}
template const RecurrentCell<float>& recurrent_cell();
template const RecurrentCell<double>& recurrent_cell();

}  // namespace gluino::kernels
#endif
