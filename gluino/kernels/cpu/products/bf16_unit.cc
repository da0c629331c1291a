#include <gluino/kernels/cpu/products/bf16_unit.h>

#include <atomic>
#include <vector>

namespace gluino::kernels {
namespace {

std::atomic<const Bf16Unit*> chosen = nullptr;

}  // namespace

std::span<const Bf16Unit* const> bf16_units() {
  static const std::vector<const Bf16Unit*> units = [] {
    std::vector<const Bf16Unit*> present;
    for (const Bf16Unit* unit : {bf16_amx(), bf16_avx512(), &bf16_portable()}) {
      if (unit != nullptr) present.push_back(unit);
    }
    return present;
  }();
  return units;
}

const Bf16Unit& bf16_unit() {
  const Bf16Unit* unit = chosen.load(std::memory_order_relaxed);
  return unit != nullptr ? *unit : *bf16_units()[0];
}

void use_bf16_unit(const Bf16Unit* unit) { chosen.store(unit, std::memory_order_relaxed); }

}  // namespace gluino::kernels
