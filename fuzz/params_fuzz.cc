#include <fuzz/input.h>
#include <gluino/ndarray/params.h>

#include <string_view>

namespace nd = gluino::nd;

// What was loaded can be saved, and loads again as the same. Sparse arrays become dense ones, or
// are refused where they claim too much.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gluino::fuzz::try_to([&] {
    auto arrays = nd::load_frombuffer({reinterpret_cast<const char*>(data), size});
    int number = 0;
    for (auto& [name, array] : arrays) {
      if (!array.defined()) return;
      name += gluino::str('#', number++);  // a list has no names
    }
    const std::string saved = nd::save_tobuffer(arrays);
    gluino::fuzz::require(nd::save_tobuffer(nd::load_frombuffer(saved)) == saved);
    nd::load_dense_frombuffer(saved);
  });
  return 0;
}
