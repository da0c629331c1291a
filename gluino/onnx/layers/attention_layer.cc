#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/creation/creation.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/movement/repeat.h>

#include <cmath>
#include <limits>
#include <optional>

// ONNX' Attention (Vaswani et al., 2017) with what decoders need: a cache, groups of heads, masks.
namespace gluino::onnx {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

enum Input { kQueries, kKeys, kValues, kMask, kPastKeys, kPastValues, kLengths };

class Attention {
 public:
  explicit Attention(const ImportNode& n) : n_(n), c_(n) {
    n_.expect(n_.has(kPastKeys) == n_.has(kPastValues),
              "past_key and past_value: expected both or neither");
    n_.expect(!(n_.has(kPastKeys) && n_.has(kLengths)),
              "nonpad_kv_seqlen does not go with past_key");
  }

  // The result, the keys and values with those of the past, and the scores.
  Symbols outputs() {
    const bool is_packed = n_.ndim(kQueries) == 3;
    const Symbol queries = heads(kQueries, "q_num_heads");
    const Symbol keys = with_past(kKeys, kPastKeys), values = with_past(kValues, kPastValues);
    const Shape q = n_.shape(queries), k = n_.shape(keys);
    n_.expect(q.ndim() == 4 && k.ndim() == 4 && q[1] > 0 && k[1] > 0 && q[3] > 0,
              "the heads and their size must follow from the file, got ", q, " and ", k);
    n_.expect(q[1] % k[1] == 0, q[1], " heads of queries are no multiple of ", k[1], " of keys");
    const std::int64_t group = q[1] / k[1];
    // Both factors are scaled, so that products stay small in half precision.
    const double scale = std::sqrt(n_.real("scale", 1 / std::sqrt(static_cast<double>(q[3]))));
    const Symbol raw =
        c_.matmul(c_.times(queries, scale),
                  c_.transpose(c_.times(repeated(keys, group), scale), {0, 1, 3, 2}));
    const double cap = n_.real("softcap", 0);
    const Symbol capped = cap > 0 ? c_.times(c_.of("tanh", c_.times(raw, 1 / cap)), cap) : raw;
    const std::optional<Symbol> bias = bias_for(capped, k[2], q[2]);
    const Symbol scores = bias ? c_.where(is_never(*bias), *bias, c_.add(capped, *bias)) : capped;
    const Symbol shares = shares_of(scores, bias);
    Symbol y = c_.matmul(shares, repeated(values, group));
    // (N, heads, L, D) to (N, L, heads D).
    if (is_packed) y = c_.reshape(c_.transpose(y, {0, 2, 1, 3}), {0, 0, -3});
    return {y, keys, values, shown(raw, capped, scores, shares)};
  }

 private:
  // (N, L, heads D) as (N, heads, L, D).
  Symbol heads(int input, const char* attribute) const {
    const Symbol x = n_.in(input);
    n_.pass_over({attribute});
    if (n_.ndim(input) == 4) return x;
    n_.expect(n_.ndim(input) == 3, "expected 3 or 4 axes, got ", n_.shape(input));
    const std::int64_t count = n_.integer(attribute);
    n_.expect(count > 0, attribute, ": expected at least 1, got ", count);
    return c_.transpose(c_.reshape(x, {0, 0, -4, count, -1}), {0, 2, 1, 3});
  }

  Symbol with_past(int input, int past) const {
    const Symbol x = heads(input, "kv_num_heads");
    return n_.has(past) ? c_.concat({n_.in(past), x}, 2) : x;
  }

  Symbol repeated(const Symbol& x, std::int64_t times) const {
    return times == 1 ? x : n_.make("repeat", RepeatOptions{.repeats = times, .axis = 1}, {x});
  }

  Symbol is_never(const Symbol& bias) const { return c_.with("_equal_scalar", bias, kNever); }

  // 0 where a condition holds, else -inf.
  Symbol bias_of(const Symbol& allowed) const {
    return c_.where(allowed, c_.number(0, n_.dtype()), c_.number(kNever, n_.dtype()));
  }

  // What is added to scores (N, heads, L, S) with S = `keys`, L = `queries`; none: nothing.
  std::optional<Symbol> bias_for(const Symbol& scores, std::int64_t keys, std::int64_t queries) {
    std::optional<Symbol> bias;
    const auto add = [&](const Symbol& more) { bias = bias ? c_.add(*bias, more) : more; };
    if (n_.has(kMask)) add(mask(keys));
    const std::int64_t left = n_.integer("left_window_size", -1);
    const std::int64_t right = n_.integer("right_window_size", -1);
    const bool causal = n_.integer("is_causal", 0) != 0;
    n_.expect(left >= -1 && right >= -1, "window sizes: expected at least -1, got ", left, " and ",
              right);
    const Symbol like = c_.cast(scores, float32);
    const Symbol key = n_.make("_contrib_arange_like", ArangeLikeOptions{.axis = 3}, {like});
    if (causal || left >= 0 || right >= 0) {
      const Symbol row = n_.make("_contrib_arange_like", ArangeLikeOptions{.axis = 2}, {like});
      // How far a key stands behind a query.
      const Symbol ahead = c_.sub(key, since(c_.reshape(row, {-1, 1}), queries));
      const auto at_most = [&](const char* op, std::int64_t reach) {
        add(bias_of(c_.with(op, ahead, static_cast<double>(reach))));
      };
      if (causal) at_most("_lesser_equal_scalar", 0);
      if (right >= 0) at_most("_lesser_equal_scalar", right);
      if (left >= 0) at_most("_greater_equal_scalar", -left);
    }
    if (n_.has(kLengths)) {
      add(bias_of(n_.make("broadcast_lesser", {key, lengths()})));
    }
    return bias;
  }

  Symbol lengths() const { return c_.reshape(c_.cast(n_.in(kLengths), float32), {-1, 1, 1, 1}); }

  // The places of queries among all keys: behind those of the past.
  Symbol since(const Symbol& row, std::int64_t queries) const {
    if (n_.has(kPastKeys)) {
      const std::int64_t past = n_.shape(kPastKeys)[2];
      n_.expect(past >= 0, "past_key: the number of words must follow from the file");
      return c_.plus(row, static_cast<double>(past));
    }
    if (!n_.has(kLengths)) return row;
    n_.expect(queries >= 0, "the number of queries must follow from the file");
    return c_.add(row, c_.plus(lengths(), -static_cast<double>(queries)));
  }

  // A mask may be shorter than the keys: those behind it are never looked at.
  Symbol mask(std::int64_t keys) const {
    Symbol given = n_.in(kMask);
    if (n_.dtype(kMask) == boolean) given = bias_of(given);
    const int ndim = n_.ndim(kMask);
    const std::int64_t known = ndim > 0 ? n_.shape(kMask)[ndim - 1] : keys;
    if (known == keys || known == 1) return given;
    n_.expect(known >= 0 && keys >= known, "attn_mask: expected up to ", keys, " keys, got ",
              n_.shape(kMask));
    PadOptions margin{.pad_width = std::vector<std::optional<std::int64_t>>(
                          static_cast<std::size_t>(2 * ndim), 0),
                      .constant_value = kNever};
    margin.pad_width.back() = keys - known;
    return n_.make("Pad", margin, {given});
  }

  // Where no key may be looked at all shares are 0.
  Symbol shares_of(const Symbol& scores, const std::optional<Symbol>& bias) const {
    const DType own = n_.dtype();
    DType wide = own;
    if (n_.has("softmax_precision")) {
      wide = type_of_code(static_cast<std::int32_t>(n_.integer("softmax_precision")),
                          n_.where() + "softmax_precision");
    }
    const Symbol shares =
        c_.cast(n_.make("softmax", SoftmaxOptions{.axis = -1}, {c_.cast(scores, wide)}), own);
    if (!bias) return shares;
    const Symbol is_blind = is_never(c_.reduce("max", *bias, {-1}, true));
    return c_.where(is_blind, n_.make("zeros_like", {shares}), shares);
  }

  Symbol shown(const Symbol& raw, const Symbol& capped, const Symbol& scores,
               const Symbol& shares) const {
    const std::int64_t mode = n_.integer("qk_matmul_output_mode", 0);
    n_.expect(mode >= 0 && mode <= 3, "qk_matmul_output_mode: expected 0 to 3, got ", mode);
    return mode == 0 ? raw : mode == 1 ? capped : mode == 2 ? scores : shares;
  }

  const ImportNode& n_;
  Composer c_;
};

// Pairs of numbers of each head, turned by the angles of their words (Su et al., 2021).
Symbol read_rotary(const ImportNode& n) {
  const Composer c(n);
  const int ndim = n.ndim();
  n.expect(ndim == 3 || ndim == 4, "expected 3 or 4 axes, got ", n.shape());
  // As (N, L, heads, D).
  Symbol x = n.in();
  n.pass_over({"num_heads"});
  if (ndim == 4) {
    x = c.transpose(x, {0, 2, 1, 3});
  } else {
    const std::int64_t heads = n.integer("num_heads");
    n.expect(heads > 0, "num_heads: expected at least 1, got ", heads);
    x = c.reshape(x, {0, 0, -4, heads, -1});
  }
  const std::int64_t size = n.shape(x)[3];
  const std::int64_t part = n.integer("rotary_embedding_dim", 0);
  const std::int64_t turned = part == 0 ? size : part;
  n.expect(size > 0 && turned > 0 && turned <= size && turned % 2 == 0, "of ", size, " numbers ",
           turned, " cannot be turned in pairs");
  const auto angles = [&](int input) {
    const Symbol rows =
        n.has(3) ? n.make("take", TakeOptions{}, {n.in(input), n.in(3)}) : n.in(input);
    return c.unsqueeze(rows, 2);
  };
  const Symbol cosine = angles(1), sine = angles(2);
  const Symbol kept = c.slice(x, 3, 0, turned);
  const bool interleaved = n.integer("interleaved", 0) != 0;
  Symbol first, second;
  if (interleaved) {
    const Symbol pairs = c.reshape(kept, {0, 0, 0, -4, -1, 2});
    first = c.squeeze(c.slice(pairs, 4, 0, 1), 4);
    second = c.squeeze(c.slice(pairs, 4, 1, 2), 4);
  } else {
    first = c.slice(kept, 3, 0, turned / 2);
    second = c.slice(kept, 3, turned / 2, turned);
  }
  const Symbol real = c.sub(c.mul(first, cosine), c.mul(second, sine));
  const Symbol imaginary = c.add(c.mul(first, sine), c.mul(second, cosine));
  Symbol y = interleaved ? c.reshape(c.concat({c.unsqueeze(real, 4), c.unsqueeze(imaginary, 4)}, 4),
                                     {0, 0, 0, -3})
                         : c.concat({real, imaginary}, 3);
  if (turned < size) y = c.concat({y, c.slice(x, 3, turned, {})}, 3);
  return ndim == 4 ? c.transpose(y, {0, 2, 1, 3}) : c.reshape(y, {0, 0, -3});
}

const bool registered = translate([](Translations& t) {
  t.reads("Attention", [](const ImportNode& n) { return Attention(n).outputs(); });
  t.reads("RotaryEmbedding", read_rotary);
});

}  // namespace
}  // namespace gluino::onnx
