#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/linalg/interleaved.h>

#include <cmath>

// Attention with several heads, of one projection that holds what each needs side by side.
namespace gluino::onnx {
namespace {

// The sizes of what lies interleaved in input 0: (L, N, heads * parts * D).
struct Interleaved {
  std::int64_t heads, parts, length, depth;
};

Interleaved sizes_of(ExportNode& e, int input, const InterleavedOptions& o, std::int64_t parts) {
  e.expect(e.size(input, 0) > 0, "sequences without words");
  return {o.heads, parts, e.size(input, 0), e.size(input, 2) / (o.heads * parts)};
}

// One part as (N * heads, L, D).
std::string part(ExportNode& e, int input, const Interleaved& z, std::int64_t which) {
  const std::string apart = e.reshape(e.in(input), {0, 0, z.heads, z.parts, z.depth});
  const std::string alone = e.squeeze(e.slice(apart, {which}, {which + 1}, {3}), {3});
  return e.reshape(e.transpose(alone, {1, 2, 0, 3}), {-1, z.length, z.depth});
}

// Q K^T / sqrt(D)
std::string weights(ExportNode& e, const std::string& queries, const std::string& keys,
                    std::int64_t depth) {
  const double scale = 1 / std::sqrt(static_cast<double>(depth));
  const std::string scaled = e.add("Mul", {queries, e.number(scale)});
  return e.add("MatMul", {scaled, e.transpose(keys, {0, 2, 1})});
}

// The values (N * heads, keys, D) as attention (N * heads, L, keys) weighs them: (L, N, heads * D).
std::string weighed(ExportNode& e, const std::string& values, const Interleaved& z) {
  e.expect(e.size(1, 1) > 0, "sequences without words");
  const std::string mixed = e.add("MatMul", {e.in(1), values});
  const std::string apart = e.reshape(mixed, {-1, z.heads, e.size(1, 1), z.depth});
  return e.reshape(e.transpose(apart, {2, 0, 1, 3}), {0, 0, z.heads * z.depth});
}

const bool registered = translate([](Translations& t) {
  t.writes<InterleavedOptions>("_contrib_interleaved_matmul_selfatt_qk",
                               [](ExportNode& e, const InterleavedOptions& o) {
                                 const Interleaved z = sizes_of(e, 0, o, 3);
                                 e.give(weights(e, part(e, 0, z, 0), part(e, 0, z, 1), z.depth));
                               });
  t.writes<InterleavedOptions>("_contrib_interleaved_matmul_selfatt_valatt",
                               [](ExportNode& e, const InterleavedOptions& o) {
                                 const Interleaved z = sizes_of(e, 0, o, 3);
                                 e.give(weighed(e, part(e, 0, z, 2), z));
                               });
  t.writes<InterleavedOptions>(
      "_contrib_interleaved_matmul_encdec_qk", [](ExportNode& e, const InterleavedOptions& o) {
        const Interleaved queries = sizes_of(e, 0, o, 1);
        e.give(
            weights(e, part(e, 0, queries, 0), part(e, 1, sizes_of(e, 1, o, 2), 0), queries.depth));
      });
  t.writes<InterleavedOptions>("_contrib_interleaved_matmul_encdec_valatt",
                               [](ExportNode& e, const InterleavedOptions& o) {
                                 const Interleaved z = sizes_of(e, 0, o, 2);
                                 e.give(weighed(e, part(e, 0, z, 1), z));
                               });
});

}  // namespace
}  // namespace gluino::onnx
