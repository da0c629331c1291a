#include <gluino/autograd/autograd.h>
#include <gluino/ops/nd.h>
#include <gtest/gtest.h>

#include <thread>

namespace gluino {
namespace {

TEST(RecordingThreads, AreIndependent) {
  std::vector<std::thread> threads;
  std::vector<double> found(4);
  const NDArray shared = nd::array({2});
  shared.attach_grad(GradReq::null);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const NDArray x = nd::array({static_cast<double>(t)});
        x.attach_grad();
        NDArray y;
        {
          const auto recording = autograd::record();
          y = x * x * shared + nd::exp(x * 0.0);
        }
        y.backward();
        found[static_cast<std::size_t>(t)] = x.grad().asscalar();
      }
    });
  }
  EXPECT_FALSE(autograd::is_recording());
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(found, (std::vector<double>{0, 4, 8, 12}));
}

}  // namespace
}  // namespace gluino
