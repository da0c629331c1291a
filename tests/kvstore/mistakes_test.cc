// What cannot work is told in a sentence and changes nothing.
#include <functional>

#include "kvstore/support.h"

namespace gluino {
namespace {

using kv::KVStore;
using ::testing::HasSubstr;
using testing::message_of;
using testing::value_at;

struct Mistake {
  std::string what;
  std::function<void(const KVStore&)> make;
  std::string told;
};

std::vector<Mistake> mistakes() {
  const NDArray x = nd::ones({2, 3});
  return {
      {"push without init", [=](const KVStore& s) { s.push(4, x); }, "key 4 has no value yet"},
      {"pull without init", [=](const KVStore& s) { s.pull(4, x); }, "pull: key 4 has no value"},
      {"one of several",
       [=](const KVStore& s) {
         s.push({3, 4}, {x, x});
       },
       "key 4 has no value"},
      {"init again", [=](const KVStore& s) { s.init(3, x); }, "key 3 has a value already"},
      {"init of two alike",
       [=](const KVStore& s) {
         s.init({5, 5}, {x, x});
       },
       "key 5 has a value"},
      {"init of one again",
       [=](const KVStore& s) {
         s.init({5, 3}, {x, x});
       },
       "key 3 has a value"},
      {"a name", [=](const KVStore& s) { s.init("w", x); }, "are numbers; they cannot be mixed"},
      {"push of a name", [=](const KVStore& s) { s.push("w", x); }, "key 'w': the keys of this"},
      {"both kinds",
       [=](const KVStore& s) {
         s.init({8, "w"}, {x, x});
       },
       "cannot be mixed"},
      {"shape",
       [=](const KVStore& s) {
         s.push(3, nd::ones({3, 2}));
       },
       "expected shape (2, 3), got (3, 2)"},
      {"shape of a copy",
       [=](const KVStore& s) {
         s.push(3, {x, nd::ones({4})});
       },
       "got (4,)"},
      {"shape pulled", [=](const KVStore& s) { s.pull(3, nd::ones({6})); }, "got (6,)"},
      {"type", [=](const KVStore& s) { s.push(3, x.astype(float64)); },
       "expected float32, got float64"},
      {"type of a copy",
       [=](const KVStore& s) {
         s.push(3, {x, x.astype(int32)});
       },
       "got int32"},
      {"no array", [=](const KVStore& s) { s.push(3, NDArray()); }, "refers to none"},
      {"no arrays", [=](const KVStore& s) { s.push(3, std::vector<NDArray>{}); }, "got none"},
      {"init with none", [=](const KVStore& s) { s.init(5, NDArray()); }, "refers to none"},
      {"init with copies",
       [=](const KVStore& s) {
         s.init({5}, {{x, x}});
       },
       "expected one array"},
      {"counts",
       [=](const KVStore& s) {
         s.push({3, 6}, {x});
       },
       "each of 2 keys, got 1"},
      {"counts pulled",
       [=](const KVStore& s) {
         s.pull({3, 6}, {x});
       },
       "each of 2 keys, got 1"},
      {"outs of pushpull", [=](const KVStore& s) { s.pushpull(3, x, nd::ones({1})); }, "got (1,)"},
      {"outs of several",
       [=](const KVStore& s) {
         s.pushpull({3, 6}, {x, x}, {x, nd::ones({1})});
       },
       "got (1,)"},
      {"broadcast", [=](const KVStore& s) { s.broadcast(5, x, nd::ones({1})); }, "got (1,)"},
      {"rows", [=](const KVStore& s) { s.row_sparse_pull(3, x, nd::zeros({1})); }, "row_sparse"},
      {"copies of no numbers",
       [](const KVStore& s) {
         const NDArray flags = nd::ones({2}, boolean);
         s.reduce(9, {flags, flags});
       },
       "key 9: expected copies of numbers"},
      {"compression",
       [](const KVStore& s) {
         s.set_gradient_compression({{"type", "2bit"}});
       },
       "compression is for 'dist_sync'"},
      {"kind of compression",
       [](const KVStore& s) {
         s.set_gradient_compression({{"type", "1bit"}});
       },
       "expected '2bit' or 'none', got '1bit'"},
      {"compression of no kind",
       [](const KVStore& s) {
         s.set_gradient_compression({{"threshold", "0.5"}});
       },
       "expected a 'type'"},
      {"threshold",
       [](const KVStore& s) {
         s.set_gradient_compression({{"type", "2bit"}, {"threshold", "-1"}});
       },
       "above 0, got '-1'"},
      {"states", [](const KVStore& s) { s.save_optimizer_states("x"); }, "no optimizer"},
      {"no states", [](const KVStore& s) { s.load_optimizer_states("x"); }, "no optimizer"},
      {"a key that init made", [=](const KVStore& s) { s.share(3, x); }, "somebody else reads"},
      {"the number of a key", [](const KVStore& s) { s.index(4); }, "key 4 has no value"},
  };
}

TEST(KVStore, TellsMistakesAndChangesNothing) {
  for (const Mistake& mistake : mistakes()) {
    SCOPED_TRACE(mistake.what);
    const KVStore store = kv::create("local");
    store.init({3, 6}, {nd::full({2, 3}, 2), nd::full({2, 3}, 4)});
    EXPECT_THAT(message_of([&] { mistake.make(store); }), HasSubstr(mistake.told));
    EXPECT_EQ(value_at(store, 3), 2);
    EXPECT_EQ(value_at(store, 6), 4);
    store.init(5, nd::ones({2, 3}));  // no half init is left
  }
}

TEST(KVStoreMistakes, ABroadcastThatFailsMakesNoKey) {
  const KVStore store = kv::create("local");
  EXPECT_THROW(store.broadcast("w", nd::ones({1}), std::vector<NDArray>()), Error);
  EXPECT_THROW(store.broadcast("w", nd::ones({1}), NDArray()), Error);
  store.init("w", nd::ones({1}));
}

}  // namespace
}  // namespace gluino
