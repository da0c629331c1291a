#include <gluino/base/error.h>
#include <gluino/kernels/cpu/elementwise/two_bits.h>
#include <gluino/kvstore/tree_sum.h>
#include <gluino/kvstore/two_bits.h>

namespace gluino::kvstore {

std::vector<NDArray>& TwoBits::rests_of(const std::string& key, const Arrays& copies) {
  std::vector<NDArray>& rests = rests_[key];
  if (rests.size() == copies.size() && rests[0].shape() == copies[0].shape()) return rests;
  rests.clear();
  for (const NDArray& copy : copies) {
    rests.emplace_back(copy.shape(), float32, copy.context());
    rests.back().assign(0);
  }
  return rests;
}

NDArray TwoBits::sum(Workers& workers, const std::string& key, const Arrays& copies) {
  const Shards& shards = workers.shards(std::ssize(copies));
  const std::int64_t n = copies[0].size();
  const std::int64_t bytes = kernels::bytes_of_two_bits(n);
  const NDArray packed(Shape{shards.size() * bytes}, uint8, cpu());
  const std::vector<NDArray>& rests = rests_of(key, copies);
  std::uint8_t* place = packed.data<std::uint8_t>() + shards.of(workers.rank()).begin * bytes;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    kernels::pack_two_bits(copies[i].data<float>(), rests[i].data<float>(), n, threshold_, place);
    rests[i].note_change();
    place += bytes;
  }
  packed.note_change();
  std::vector<std::int64_t> sizes;
  sizes.reserve(static_cast<std::size_t>(workers.size()));
  for (int worker = 0; worker < workers.size(); ++worker) {
    sizes.push_back(shards.of(worker).size() * bytes);
  }
  // Each worker reads what others send with its own threshold.
  workers.run(
      str("two bits of gradients of ", key, " ", copies[0].shape(), ", threshold ", threshold_),
      {packed}, gather_steps(sizes, workers.rank()));
  return tree_sum({0, shards.size()}, [&](const Range& range) {
    if (range.size() > 1) return NDArray();
    NDArray part(copies[0].shape(), float32, copies[0].context());
    kernels::unpack_two_bits(packed.data<std::uint8_t>() + range.begin * bytes, n, threshold_,
                             part.data<float>());
    return part;
  });
}

}  // namespace gluino::kvstore
